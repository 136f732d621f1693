# A file that is not linked yet.
echo .text | cc -x assembler -c - -o object.o
qemu-cflow report -i golden.db --symbols object.o 2>&1
