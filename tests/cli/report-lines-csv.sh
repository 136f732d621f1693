# The same in CSV: four fields at the end.
qemu-cflow report -i golden.db --sysroot sysroot --debug-dir debug -n 3 --format csv | cut -d, -f1,7,8,12-
