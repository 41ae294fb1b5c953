/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_HOSTS_H
#define DSFIT_HOSTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/names.h"

/*
 * Names of nodes as Slurm writes and reads them: "a100-[0-3,7],ws-1" is five names. A bracket has
 * numbers and ranges of numbers; "[08-11]" keeps its zeroes. A name may have several brackets.
 */

/* The most characters of a list that is understood, with the terminator. */
#define DSFIT_HOSTS_MAX 4096

/* How many names the list has. A name that it has twice counts twice. Saturates. Returns false if
 * it is not such a list, is longer than DSFIT_HOSTS_MAX, or has more than four brackets in a name:
 * nothing else is said about such a list. */
bool dsfit_hosts_count(const char *list, uint64_t *count);

/*
 * Whether the list has the name. For a list that dsfit_hosts_count() understands. The characters
 * that are looked at are taken off *work, because a list can be made in which a name takes long to
 * be found. With none left, *work is 0 and the answer is false.
 */
bool dsfit_hosts_have(const char *list, const char *name, uint64_t *work);

/* The name at a place in the list, from 0. Returns false if there is none, or if it is longer than
 * a name may be. For a list that dsfit_hosts_count() understands. */
bool dsfit_hosts_name(const char *list, uint64_t index, char name[DSFIT_NAME_MAX]);

#endif
