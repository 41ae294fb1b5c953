/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * On more nodes each GPU and each node holds less of the model. So a number of nodes has room if a
 * smaller one has, and the smallest is found by bisection, in few accounts even on a thousand
 * nodes:
 *
 *     nodes     first                                   last
 *     room        -    -    -    -    +    +    +    +    +
 *                                     ^ the answer
 *
 * The training does not run on each number of nodes, for tensor, pipeline and the other degrees
 * have to divide the GPUs. The bisection looks at the next number on which it runs instead.
 */
#include "core/decide/fewest_nodes.h"

#include "core/base/size.h"
#include "core/request/resize.h"

bool dsfit_spend(uint64_t *budget, uint64_t layouts)
{
	bool enough = *budget > layouts;

	*budget = dsfit_sub(*budget, layouts);
	return enough;
}

const struct dsfit_need *dsfit_need_of(struct dsfit_sizing *s,
				       const struct dsfit_node_class *class, uint64_t nodes,
				       uint64_t gpus)
{
	const struct dsfit_layout layout = { .nodes = nodes, .gpus_per_node = gpus,
					     .gpus = dsfit_mul(nodes, gpus),
					     .tflops = class->gpu->tflops,
					     .context = class->gpu->context };
	struct dsfit_need *need = &s->kept[(nodes * 31 + gpus) % DSFIT_NEEDS_KEPT];
	const struct dsfit_account *account;

	if (need->nodes == nodes && need->gpus_per_node == gpus &&
	    need->context == layout.context)
		return need;
	dsfit_spend(s->budget, 1);
	account = &dsfit_account_for(s->accounts, &layout)->account;
	*need = (struct dsfit_need){
		nodes, gpus, layout.context, account->gpu.low, account->gpu.high_declared,
		account->host.low, account->host.high, account->nvme.low, account->nvme.high,
	};
	return need;
}

bool dsfit_runs_on(const struct dsfit_sizing *s, uint64_t nodes, uint64_t gpus)
{
	const struct dsfit_layout layout = { .nodes = nodes, .gpus_per_node = gpus,
					     .gpus = dsfit_mul(nodes, gpus) };

	return !dsfit_layout_check(&s->plan->workload->model, &s->plan->workload->training,
				   &layout, NULL);
}

uint64_t dsfit_next_nodes(const struct dsfit_sizing *s, uint64_t first, uint64_t last,
			  uint64_t gpus)
{
	for (uint64_t next = first; next <= last; next++)
		if (dsfit_runs_on(s, next, gpus))
			return next;
		else if (!dsfit_spend(s->budget, 1))
			break;
	return first;
}

static bool suffices(enum dsfit_verdict aim, uint64_t low, uint64_t high, uint64_t capacity)
{
	return !capacity || dsfit_judge(low, high, capacity) <= aim;
}

/* Host memory of a node that a request for this layout may have: all of it, if the request may be
 * changed to ask for it. */
static uint64_t memory_there(const struct dsfit_sizing *s, const struct dsfit_node_class *class,
			     uint64_t nodes, uint64_t gpus)
{
	const struct dsfit_layout layout = { .nodes = nodes, .gpus_per_node = gpus };
	struct dsfit_request r;

	if (dsfit_plan_may(s->plan, DSFIT_CHANGE_MEMORY))
		return class->memory;
	r = *s->plan->asked;
	dsfit_resize_gpus(&r, s->plan->bound, nodes, gpus);
	return dsfit_memory_per_node(s->plan->site, &r, class, &layout);
}

bool dsfit_has_room(struct dsfit_sizing *s, enum dsfit_verdict aim,
		    const struct dsfit_node_class *class, uint64_t nodes, uint64_t gpus)
{
	const struct dsfit_need *need = dsfit_need_of(s, class, nodes, gpus);
	uint64_t asked = s->plan->asked->scratch, scratch = class->scratch;

	if (asked && !dsfit_plan_may(s->plan, DSFIT_CHANGE_SCRATCH))
		scratch = asked;
	if (need->gpu_high > class->gpu->memory)
		return false;
	s->gpus_fit = true;
	return suffices(aim, need->host_low, need->host_high,
			memory_there(s, class, nodes, gpus)) &&
	       (!need->nvme_high || suffices(aim, need->nvme_low, need->nvme_high, scratch));
}

bool dsfit_is_hopeless(struct dsfit_accounts *accounts, const struct dsfit_node_class *class,
		       uint64_t nodes, uint64_t gpus)
{
	return dsfit_least_peak(dsfit_least_of(accounts), dsfit_mul(nodes, gpus)) >
	       class->gpu->memory;
}

uint64_t dsfit_fewest_nodes(struct dsfit_sizing *s, enum dsfit_verdict aim,
			    const struct dsfit_node_class *class, uint64_t first, uint64_t last,
			    uint64_t gpus)
{
	uint64_t low = first, high = last, probe;

	if (dsfit_is_hopeless(s->accounts, class, last, gpus))
		return 0;
	/* One GPU alone needs no buffers for messages, so it may have room where more have not. */
	if (dsfit_runs_on(s, first, gpus) && dsfit_has_room(s, aim, class, first, gpus))
		return first;
	while (high >= first && !dsfit_runs_on(s, high, gpus) && dsfit_spend(s->budget, 1))
		high--;
	if (high < first || !*s->budget || !dsfit_has_room(s, aim, class, high, gpus))
		return 0;
	/* Most jobs need few nodes: double the number until there is room, then bisect. */
	for (probe = low; probe < high; probe *= 2) {
		if (dsfit_has_room(s, aim, class, dsfit_next_nodes(s, probe, high, gpus), gpus)) {
			high = probe;
			break;
		}
		low = probe + 1;
	}
	while (low < high) {
		probe = low + (high - low) / 2;
		if (dsfit_has_room(s, aim, class, dsfit_next_nodes(s, probe, high, gpus), gpus))
			high = probe;
		else
			low = probe + 1;
	}
	return dsfit_next_nodes(s, low, last, gpus);
}
