/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names as the source has them.  Private to lib/symbols. */
#ifndef CFLOW_SYMBOLS_DEMANGLE_H
#define CFLOW_SYMBOLS_DEMANGLE_H

/*
 * The name of C++ or Rust that @name stands for, as "nm -C" prints it; the
 * suffix "@plt" is kept.  NULL if @name is not mangled.  Free with g_free().
 */
char *demangle(const char *name);

#endif
