/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_RESIZE_H
#define DSFIT_RESIZE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/request/placement.h"

/*
 * Changing the amounts of a request while it keeps the form in which the user wrote it. Each
 * function returns false and leaves the request unchanged if there is nothing to change or the form
 * cannot express the new amount. Whether a policy allows the change is for the caller to check.
 */

/*
 * Ask for `need` bytes of host memory per node, on a class where the request has this layout: in
 * the user's scope, or per GPU if no memory was given. If the node has less than `need`, ask for
 * all of it. Never lowers the memory.
 */
bool dsfit_resize_memory(struct dsfit_request *request, const struct dsfit_node_class *class,
			 const struct dsfit_layout *layout, uint64_t need);

/* Ask for `need` bytes of scratch per node, rounded up to whole GiB. Never lowers the scratch. */
bool dsfit_resize_scratch(struct dsfit_request *request, uint64_t need);

/*
 * Ask for `gpus` GPUs on each of `nodes` nodes: in the user's scope, or per node if no GPUs were
 * given. `bound` says that the number of tasks is fixed, unless the request says that it follows
 * (which it does not with --ntasks-per-gpu); otherwise it changes with the GPUs or the nodes where
 * it has to. A request with one task per GPU (dsfit_one_task_per_gpu()) stays such a request.
 */
bool dsfit_resize_gpus(struct dsfit_request *request, bool bound, uint64_t nodes, uint64_t gpus);

#endif
