# A whole machine has no program: it is called by what it was given to run.
name() {
    sqlite3 golden.db "UPDATE process SET path = '', command = '$1' WHERE id = 1;
        UPDATE meta SET value = 'system' WHERE key = 'mode'"
    qemu-cflow report -i golden.db --by process -p 4711 | tail -n 1
}
name '["qemu-system-arm", "-M", "virt", "-bios", "rom.bin", "-kernel", "/boot/vmlinuz-6"]'
name '["qemu-system-arm", "-bios", "rom.bin", "-device", "loader,file=a.elf"]'
name '["qemu-system-arm", "-device", "e1000", "-device", "driver=loader,addr=0,file=/x/fw.elf"]'
name '["qemu-system-arm", "-device", "loader,addr=4", "-kernel"]'
name 'not JSON'
