/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_NETWORK_H
#define DSFIT_NETWORK_H

#include "core/account/rank.h"

/* What crosses the network, and how fast it must be for waiting to stay below the share of a step
 * that the settings allow (network_wait). */
void dsfit_network_account(const struct dsfit_basis *b, struct dsfit_network_account *out);

#endif
