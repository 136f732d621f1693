/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ELF reader: symbols of a file that is not what it should be. */
#include <string.h>

#include "lib/symbols/identity.h"
#include "lib/symbols/symbols.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint64_t offsets[] = {0, 1, 0x1000, 0x1139, 0x2000, 0x10000, UINT64_MAX};
    const char *path = fuzz_file(data, size);
    g_autofree char *build_id = NULL;

    /* With the build-id that the file says it has: else nothing would be read. */
    if (cflow_file_build_id(path, &build_id) != CFLOW_IDENTITY_ELF) {
        return 0;
    }
    g_autoptr(cflow_symbols) symbols = cflow_symbols_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(offsets); i++) {
        struct cflow_location location;
        bool found = cflow_symbols_lookup(symbols, path, build_id, offsets[i], &location);
        FUZZ_CHECK(found == (location.name != NULL));
        FUZZ_CHECK(!found || (strlen(location.name) > 0 && location.offset <= offsets[i]));
    }
    FUZZ_CHECK(cflow_symbols_warnings(symbols));
    return 0;
}

void fuzz_seeds(GPtrArray *seeds, int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        fuzz_add_file(seeds, argv[i]);
    }
}
