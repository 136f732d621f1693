# What CSV has no place for goes to stderr.
qemu-cflow report -i golden.db --limit 1 --format csv 2>&1 >/dev/null
