/* address_guard.h - which addresses an outgoing request may go to: public unicast only. */
#ifndef ADDRESS_GUARD_H
#define ADDRESS_GUARD_H

#include <stdbool.h>
#include <sys/socket.h>

/* SPDX-License-Identifier: MIT */

bool address_is_public(const struct sockaddr *address); /* AF_INET, AF_INET6; anything else is not */

#endif
