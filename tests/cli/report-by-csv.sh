# And as CSV.
qemu-cflow report -i golden.db --sysroot sysroot --debug-dir debug --by function --format csv -n 3
