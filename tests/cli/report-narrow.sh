# Names are cut to fit the columns there are.
COLUMNS=60 qemu-cflow report -i golden.db --sysroot sysroot --kind indirect
