/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ELF reader: symbols of a file that is not what it should be. */
#include "lib/symbols/symbols.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = fuzz_file(data, size);
    g_autofree char *at_bias = g_strconcat(path, "@0x1000", NULL);
    g_autoptr(cflow_symbols) symbols = cflow_symbols_new(NULL);
    struct cflow_location location;

    fuzz_ask_symbols(path);
    /* As a file that the user names: it may be a list of symbols, too. */
    if (cflow_symbols_add_file(symbols, at_bias, NULL)) {
        cflow_symbols_lookup(symbols, "[guest]", NULL, 0x2010, &location);
        cflow_symbols_lookup(symbols, "[kernel]", NULL, UINT64_MAX, &location);
    }
    return 0;
}

void fuzz_seeds(GPtrArray *seeds, int argc, char **argv)
{
    static const char list[] = "0000000000001000 T start\n0000000000002000 t work\t[module]\n"
                               "ffffffff81000000 A last\n";

    for (int i = 0; i < argc; i++) {
        fuzz_add_file(seeds, argv[i]);
    }
    g_ptr_array_add(seeds, g_bytes_new(list, sizeof(list) - 1));
}
