/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_HOST_H
#define DSFIT_HOST_H

#include "core/account/rank.h"

/* A node's memory and its scratch. Bytes a node. */

void dsfit_host_account(const struct dsfit_basis *b, struct dsfit_host_account *out);

/* What NVMe offload writes there; all 0 without it. */
void dsfit_nvme_account(const struct dsfit_basis *b, struct dsfit_nvme_account *out);

#endif
