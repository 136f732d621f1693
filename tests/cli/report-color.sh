# Colour, when it is forced; and NO_COLOR does not matter then.
NO_COLOR=1 qemu-cflow report -i golden.db --sysroot sysroot --limit 3 --color always
