# On a terminal the report goes through the pager, elsewhere not.
export QEMU_CFLOW_PAGER='sed s/^/paged:/'
script -qec 'qemu-cflow report -i golden.db --sysroot sysroot -n 1' /dev/null | tr -d '\r' | grep -c ^paged:
script -qec 'qemu-cflow report -i golden.db --sysroot sysroot -n 1 --no-pager' /dev/null | tr -d '\r' | grep -c ^paged:
qemu-cflow report -i golden.db --sysroot sysroot -n 1 | grep -c ^paged:
