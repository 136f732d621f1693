/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines that are compiled several times: their counts are sums.  "runs N" is checked. */
#include <cstdio>
#include <vector>

template <typename T> static T larger(T a, T b)
{
    if (a > b) /* runs 13 */
        return a; /* runs 6 */
    return b; /* runs 7 */
}

__attribute__((always_inline)) static inline int twice(int x)
{
    int y = x; /* runs 14 */
    return y + x; /* runs 14 */
}

struct counter {
    int n;
    counter() : n(0) {} /* runs 2 */
    void add(int by)
    {
        n += by; /* runs 14 */
    }
    ~counter()
    {
        std::printf("%d\n", n); /* runs 2 */
    }
};

static int thrown(int x)
{
    if (x > 1)
        throw x; /* runs 1 */
    return x; /* runs 2 */
}

int main()
{
    counter a, b;
    for (int i = 0; i < 7; i++) { /* runs 8 */
        a.add(twice(i)); /* runs 7 */
        b.add(twice(i + 1)); /* runs 7 */
    }
    for (int i = 0; i < 8; i++)
        a.n += larger(i, 4); /* runs 8 */
    for (int i = 0; i < 5; i++)
        a.n += (int)larger(i * 1.0, 1.5); /* runs 5 */
    try {
        for (int i = 0; i < 10; i++)
            b.n += thrown(i); /* runs 3 */
    } catch (int x) {
        b.n += x; /* runs 1 */
    }
    auto lambda = [&](int x) {
        return x + a.n; /* runs 2 */
    };
    b.n += lambda(1) + lambda(2);
    return 0;
}
