# Starts the program that its arguments name, and ends it as soon as standard input closes, however the owner died.
# Ends by itself when the program does.
set -eu

exec 3<&0
"$@" </dev/null 3<&- &
program=$!
{
    cat <&3 >/dev/null
    kill "$program" 2>/dev/null
} &
exec 3<&-
wait "$program"
