# One function: its straight-line code, and what control came and went by.
qemu-cflow export -i golden.db --sysroot sysroot -f bolt -F on_signal -o - 2>&1
qemu-cflow export -i golden.db --sysroot sysroot -f bolt -m 'libwork*' -F work -o - 2>&1
