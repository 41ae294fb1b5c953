/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each form of a request has a unit that stays on one node: a GPU of --gpus, a task of
 * --gpus-per-task, a node's share of --gpus-per-node. A class has room for so many units on each of
 * its nodes, and the nodes with most room are taken first, as in core/request/placement.c.
 */
#include "core/request/mixture.h"

#include "core/base/size.h"

/* GPUs in one unit. */
static uint64_t gpus_of_unit(const struct dsfit_request *r)
{
	if (r->scope == DSFIT_GPUS_PER_JOB)
		return 1;
	if (r->scope == DSFIT_GPUS_PER_TASK)
		return dsfit_mul(r->gpus, dsfit_max(r->tasks_per_node, 1));
	return r->gpus;
}

/* Units that a node of the class has room for, if it were the only node of the job. */
static uint64_t units_of_node(const struct dsfit_site *site, const struct dsfit_request *r,
			      const struct dsfit_node_class *class)
{
	struct dsfit_request one = *r;
	struct dsfit_layout layout;
	uint64_t least = 0, most = 1;

	one.nodes_min = one.nodes_max = 1;
	one.features[0] = '\0';
	if (r->scope == DSFIT_GPUS_PER_JOB)
		most = dsfit_min(r->gpus, dsfit_gpus_of_node(site, r, class));
	/* Tasks of --ntasks-per-node are one unit together. */
	if (r->scope == DSFIT_GPUS_PER_TASK && !r->tasks_per_node && r->tasks && r->gpus)
		most = dsfit_min(r->tasks, dsfit_gpus_of_node(site, r, class) / r->gpus);
	/* A node that has room for some has room for fewer. */
	while (least < most) {
		uint64_t units = least + (most - least + 1) / 2;

		one.tasks = r->tasks_per_node ? r->tasks_per_node : units;
		if (r->scope != DSFIT_GPUS_PER_TASK || !r->tasks)
			one.tasks = dsfit_min(r->tasks, 1);
		if (r->scope == DSFIT_GPUS_PER_JOB)
			one.gpus = units;
		if (dsfit_place_matching(site, &one, class, &layout))
			least = units;
		else
			most = units - 1;
	}
	return most;
}

/* All units of the request; 0 if it has none that can be counted. */
static uint64_t units_wanted(const struct dsfit_request *r, uint64_t nodes)
{
	switch (r->scope) {
	case DSFIT_GPUS_PER_JOB:
		return r->gpus;
	case DSFIT_GPUS_PER_TASK:
		if (!r->tasks)
			return nodes;
		/* See lay_out_tasks() in core/request/placement.c. */
		if (r->tasks_per_node)
			return r->tasks < r->tasks_per_node ? 0 : nodes;
		return r->tasks;
	case DSFIT_GPUS_PER_NODE:
		return nodes;
	default:
		return 0;
	}
}

bool dsfit_layout_there(const struct dsfit_site *site, const struct dsfit_request *r,
			const struct dsfit_node_class *class, struct dsfit_layout *layout)
{
	uint64_t units = units_of_node(site, r, class);

	layout->gpus_per_node = dsfit_min(layout->gpus_per_node,
					  dsfit_mul(units, gpus_of_unit(r)));
	layout->tflops = class->gpu->tflops;
	layout->context = class->gpu->context;
	return units > 0;
}

/* Nodes with the most room below `below` units, of all the classes. */
struct shelf {
	uint64_t units, nodes;
};

static struct shelf next_shelf(const struct dsfit_site *site, const struct dsfit_request *r,
			       const struct dsfit_node_class *const *classes, size_t count,
			       uint64_t below)
{
	struct shelf shelf = { 0 };

	for (size_t i = 0; i < (classes ? count : site->class_count); i++) {
		const struct dsfit_node_class *class = classes ? classes[i] : &site->classes[i];
		uint64_t units;

		if (!classes && !dsfit_matches(site, r, class))
			continue;
		units = units_of_node(site, r, class);
		if (units >= below || units < shelf.units)
			continue;
		if (units > shelf.units)
			shelf = (struct shelf){ units, 0 };
		shelf.nodes = dsfit_add(shelf.nodes, dsfit_nodes_of_class(site, r, class));
	}
	return shelf;
}

bool dsfit_lay_out_mixed(const struct dsfit_site *site, const struct dsfit_request *r,
			 const struct dsfit_node_class *const *classes, size_t count,
			 struct dsfit_layout *layout)
{
	uint64_t least = dsfit_nodes_least(r, NULL);
	uint64_t wanted = units_wanted(r, least), left = wanted, nodes = 0, there = 0, most = 0;
	struct shelf shelf = { .units = UINT64_MAX };

	while (wanted && (left || there < least)) {
		uint64_t take;

		shelf = next_shelf(site, r, classes, count, shelf.units);
		if (!shelf.units)
			return false;
		most = most ? most : shelf.units;
		there = dsfit_add(there, shelf.nodes);
		take = dsfit_min(shelf.nodes, dsfit_div_up(left, shelf.units));
		nodes = dsfit_add(nodes, take);
		left = dsfit_sub(left, dsfit_mul(take, shelf.units));
	}
	layout->nodes = dsfit_max(nodes, least);
	layout->gpus_per_node = dsfit_mul(gpus_of_unit(r),
					  dsfit_spread(wanted, most, layout->nodes));
	layout->gpus = r->scope == DSFIT_GPUS_PER_TASK ?
			       dsfit_mul(r->gpus, dsfit_tasks(r, layout->nodes)) :
			       dsfit_mul(gpus_of_unit(r), wanted);
	return wanted && (!r->nodes_max || layout->nodes <= r->nodes_max) &&
	       (r->scope != DSFIT_GPUS_PER_JOB || layout->nodes <= r->gpus);
}
