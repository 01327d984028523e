# Starts a PostgreSQL server, says "ready", and ends it as soon as standard input closes, however the owner died.
# Arguments: the folder of PostgreSQL's programs, the folder to live in, lines for postgresql.conf.
set -eu
programs=$1 folder=$2 settings=$3

# A dead owner no longer reads what is written here; that must not end this script before it has cleaned up.
trap '' PIPE

clean_up() {
    "$programs/pg_ctl" stop -D "$folder/data" -m immediate -w -t 600 >/dev/null 2>&1 </dev/null || true
    cd /
    # The folder itself may stand where only the owner may remove it; its content is ours. Whatever has not ended yet
    # may still write.
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        rm -rf "$folder" 2>/dev/null || true
        [ -e "$folder/data" ] || break
        sleep 1
    done
}
trap clean_up EXIT

"$programs/initdb" -D "$folder/data" --username=postgres --auth=trust --encoding=UTF8 --locale=C \
    --no-sync --no-instructions >&2 </dev/null
printf '%s' "$settings" >>"$folder/data/postgresql.conf"
"$programs/pg_ctl" start -D "$folder/data" -l "$folder/server.log" -w -t 600 >/dev/null 2>&1 </dev/null || {
    cat "$folder/server.log" >&2
    exit 1
}
echo ready
cat >/dev/null
