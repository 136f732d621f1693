# Control characters in a profile never reach the terminal.
sqlite3 golden.db "UPDATE module SET path = '/x/' || char(27) || '[31mred' || char(10) || 'line' WHERE id = 1" "UPDATE insn SET disasm = char(7) || 'ding' || x'ff' || char(0x202e)"
qemu-cflow report -i golden.db -n 2
qemu-cflow report -i golden.db -n 1 -f csv 2>&1 | tr -d '\r'
qemu-cflow report -i golden.db -n 1 -f json | python3 -m json.tool | grep disasm
