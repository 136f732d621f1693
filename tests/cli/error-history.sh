# The golden profile was recorded without --last.
qemu-cflow report -i golden.db --history 2>&1
