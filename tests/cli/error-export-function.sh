# No such function, in any of the formats.
for format in $(qemu-cflow export --list | awk "NR > 1 { print \$1 }"); do
    qemu-cflow export -f $format -i golden.db --sysroot sysroot --module demo --function nothing -o - 2>&1
done
