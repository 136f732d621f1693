# One function, by its name.
qemu-cflow export -i golden.db --sysroot sysroot -f csv --function main 2>&1 | tr -d "\r"
