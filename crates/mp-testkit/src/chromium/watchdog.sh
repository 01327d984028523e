# Starts ChromeDriver on a free port and ends it as soon as standard input closes, however the owner died.
# What driver and browsers write goes into a folder that ends with them.
set -eu

# A dead owner no longer reads what is written here; that must not end this script before it has cleaned up.
trap '' PIPE

folder=$(mktemp -d)
driver=

clean_up() {
    [ -z "$driver" ] || kill "$driver" 2>/dev/null || true
    [ -z "$driver" ] || wait "$driver" 2>/dev/null || true
    # Browsers die a moment after their driver, and write until then.
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        rm -rf "$folder" 2>/dev/null && break
        sleep 0.1
    done
}
trap clean_up EXIT

command -v chromium >&2
command -v chromedriver >&2
TMPDIR=$folder HOME=$folder chromedriver --port=0 </dev/null &
driver=$!
# Only the driver holds the pipe from now on, so that its end is seen there.
exec >/dev/null
cat
