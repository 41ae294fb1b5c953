/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_OFFLOAD_H
#define DSFIT_OFFLOAD_H

#include <stdint.h>

#include "core/account/rank.h"

/* What a rank offloads from its GPU. */

/* Bytes that one rank has in host memory for offloaded states and parameters, unrounded. */
uint64_t dsfit_offload_host_bytes(const struct dsfit_rank *rank);

/* Bytes of the weights on NVMe that stay in host memory as well (offload_param.max_in_cpu). They
 * are part of dsfit_offload_host_bytes(). */
uint64_t dsfit_offload_kept_of_nvme(const struct dsfit_rank *rank);

/* Parameters whose optimizer states stay on the GPU (offload_optimizer.ratio, Twin-Flow). */
uint64_t dsfit_offload_stays(const struct dsfit_rank *rank);

#endif
