/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_NETWORK_H
#define DSFIT_NETWORK_H

#include "core/account/numbers.h"

/* What crosses the network, and how fast it must be for waiting to stay below a share, 0 to below
 * 1, of the step. */
void dsfit_network_account(const struct dsfit_basis *b, double wait,
			   struct dsfit_network_account *out);

#endif
