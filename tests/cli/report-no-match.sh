# A filter that nothing passes.
qemu-cflow report -i golden.db --sysroot sysroot --module nothing
