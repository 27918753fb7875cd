#!/bin/sh
# Runs deployments/install.py with Python 3.11, 3.12 or 3.13: $PYTHON if it is set, else the first of four that is one.
try() {
    if "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then
        python=$1
        shift
        exec "$python" "$(dirname "$0")/install.py" "$@"
    fi
}
if [ -n "$PYTHON" ]; then
    try "$PYTHON" "$@"
else
    for name in python3 python3.13 python3.12 python3.11; do
        try "$name" "$@"
    done
fi
asked=${PYTHON:-python3}
version=$("$asked" --version 2>/dev/null)
echo "✗ Top 50 needs Python 3.11, 3.12 or 3.13; $asked is ${version:-not there}. Install one of them, or name it: make PYTHON=/path/to/python3.12 run" >&2
exit 1
