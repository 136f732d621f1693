// SPDX-License-Identifier: GPL-2.0-or-later
//
// C++ that leaves its functions by exceptions: through destructors, through
// callbacks of the standard library, rethrown, of related and unrelated types;
// and virtual calls, std::function, maps and strings beside it.
#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

static int destroyed;

struct guard {
    int weight;
    ~guard()
    {
        destroyed += weight;
    }
};

struct shape {
    virtual ~shape() = default;
    virtual int area(int n) const = 0;
};

struct square : shape {
    int area(int n) const override
    {
        return n * n;
    }
};

struct triangle : shape {
    int area(int n) const override
    {
        if (n % 7 == 0) {
            throw std::domain_error("degenerate");
        }
        return n * (n + 1) / 2;
    }
};

struct odd_one {
    int value;
};

static int dive(int depth, int bottom)
{
    guard here{depth};
    if (depth < bottom) {
        return dive(depth + 1, bottom) + 1;
    }
    switch (bottom % 4) {
    case 0:
        throw std::out_of_range("bottom " + std::to_string(bottom));
    case 1:
        throw odd_one{bottom};
    case 2:
        throw bottom;
    default:
        return 0;
    }
}

static int middle(int n)
{
    guard here{1};
    try {
        return dive(0, n);
    } catch (const std::logic_error &error) {
        if (n % 8 == 0) {
            throw;
        }
        return -static_cast<int>(std::string(error.what()).size());
    } catch (const odd_one &odd) {
        throw std::runtime_error(std::to_string(odd.value));
    }
}

int main()
{
    std::map<std::string, int> seen;
    for (int n = 0; n < 40; n++) {
        try {
            seen["value"] += middle(n);
        } catch (const std::exception &error) {
            seen[error.what()]++;
        } catch (int number) {
            seen["number"] += number;
        }
    }

    std::vector<std::unique_ptr<shape>> shapes;
    for (int i = 0; i < 5; i++) {
        if (i % 2 != 0) {
            shapes.push_back(std::make_unique<square>());
        } else {
            shapes.push_back(std::make_unique<triangle>());
        }
    }
    for (int n = 1; n < 60; n++) {
        try {
            seen["area"] += shapes[n % shapes.size()]->area(n);
        } catch (const std::domain_error &) {
            seen["degenerate"]++;
        }
    }

    std::vector<int> numbers(300);
    unsigned random = 1;
    for (int &number : numbers) {
        number = static_cast<int>((random = random * 1103515245 + 12345) >> 20);
    }
    for (int patience : {10, 1000, 1000000}) {
        std::function<bool(int, int)> less = [patience, used = 0](int a, int b) mutable {
            if (++used > patience) {
                throw patience;
            }
            return a % 64 < b % 64;
        };
        std::vector<int> copy = numbers;
        try {
            std::sort(copy.begin(), copy.end(), std::ref(less));
            seen["sorted"] += copy[0];
        } catch (int) {
            seen["impatient"]++;
        }
    }
    for (const auto &[what, count] : seen) {
        std::printf("%s %d\n", what.c_str(), count);
    }
    std::printf("%d\n", destroyed);
    return 0;
}
