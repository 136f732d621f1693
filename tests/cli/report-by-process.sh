# The processes of a profile, in the three formats.
qemu-cflow report -i golden.db --by process
qemu-cflow report -i golden.db --by process --limit 1
qemu-cflow report -i golden.db --by process --format csv
qemu-cflow report -i golden.db --by process --format json
