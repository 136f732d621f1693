/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sockets: a pair, datagrams, a descriptor that is passed, epoll, eventfd. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

int main(void)
{
    int pair[2], epoll = epoll_create1(0), event = eventfd(3, 0), ends[2];
    char text[16] = "", control[CMSG_SPACE(sizeof(int))] = {0};
    if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) < 0 || pipe(ends) < 0) {
        return 1;
    }
    struct iovec data = {"descriptor", 10};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof(control)};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &ends[1], sizeof(int));
    printf("sent %zd\n", sendmsg(pair[0], &message, 0));
    data = (struct iovec){text, sizeof(text) - 1};
    memset(control, 0, sizeof(control));
    printf("got %zd %s\n", recvmsg(pair[1], &message, 0), text);
    int passed;
    memcpy(&passed, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(int));
    printf("through it %zd\n", write(passed, "x", 1));
    struct epoll_event interest = {.events = EPOLLIN, .data.u32 = 1}, ready[4];
    epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &interest);
    interest.data.u32 = 2;
    epoll_ctl(epoll, EPOLL_CTL_ADD, event, &interest);
    printf("ready %d\n", epoll_wait(epoll, ready, 4, 1000));
    uint64_t count = 0;
    printf("event %zd", read(event, &count, sizeof(count)));
    printf(" %d\n", (int)count);
    return 32;
}
