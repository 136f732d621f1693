# In 80 columns the less important ones go.
COLUMNS=80 qemu-cflow report -i golden.db --sysroot sysroot --debug-dir debug -n 4 | tail -n +8
