/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/change.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/size.h"

unsigned dsfit_changes(const struct dsfit_request *from, const struct dsfit_request *to)
{
	unsigned bits = 0;

	if (from->memory != to->memory || from->memory_scope != to->memory_scope)
		bits |= DSFIT_CHANGE_MEMORY;
	if (from->scratch != to->scratch)
		bits |= DSFIT_CHANGE_SCRATCH;
	if (strcmp(from->features, to->features))
		bits |= DSFIT_CHANGE_NETWORK;
	if (from->gpus != to->gpus || from->scope != to->scope)
		bits |= DSFIT_CHANGE_GPUS;
	if (from->nodes_min != to->nodes_min || from->nodes_max != to->nodes_max)
		bits |= DSFIT_CHANGE_NODES;
	if (strcmp(from->gpu_type, to->gpu_type))
		bits |= DSFIT_CHANGE_GPU_TYPE;
	if (strcmp(from->partition, to->partition))
		bits |= DSFIT_CHANGE_PARTITION;
	return bits;
}

static uint64_t round_up(uint64_t bytes, uint64_t unit)
{
	return dsfit_mul(dsfit_div_up(bytes, unit), unit);
}

bool dsfit_change_memory(struct dsfit_request *r, const struct dsfit_assessment *a)
{
	enum dsfit_memory_scope scope = r->memory_scope;
	uint64_t need = a->account.host.high, has = a->class->memory, per = 1, memory;

	if (scope == DSFIT_MEMORY_WHOLE_NODE)
		return false;
	/* What the node has is all there is: tight may do where fits cannot be had. */
	if (has && need > has)
		need = has;
	/* Where nothing was said, a GPU's memory goes with it, however many there come to be. */
	if (scope == DSFIT_MEMORY_UNSET)
		scope = DSFIT_MEMORY_PER_GPU;
	if (scope == DSFIT_MEMORY_PER_GPU)
		per = a->layout.gpus_per_node;
	else if (scope == DSFIT_MEMORY_PER_CPU)
		per = dsfit_cpus_per_node(r, &a->layout);
	/* Whole GiB where the node has them, else whole MiB, Slurm's unit: up if it has them. */
	memory = round_up(dsfit_div_up(need, per), DSFIT_GIB);
	if (has && dsfit_mul(memory, per) > has)
		memory = round_up(dsfit_div_up(need, per), DSFIT_MIB);
	if (has && dsfit_mul(memory, per) > has)
		memory = need / per / DSFIT_MIB * DSFIT_MIB;
	if (memory <= r->memory)
		return false;
	r->memory_scope = scope;
	r->memory = memory;
	return true;
}

bool dsfit_change_scratch(struct dsfit_request *r, const struct dsfit_assessment *a)
{
	uint64_t need = round_up(a->account.nvme.high, DSFIT_GIB);

	if (need <= r->scratch)
		return false;
	r->scratch = need;
	return true;
}

bool dsfit_is_even(const struct dsfit_node_class *class, uint64_t gpus)
{
	return gpus && class->gpus % gpus == 0;
}

/* Ask for n nodes, where the user said how many; a maximum is raised with the minimum. */
static void set_nodes(struct dsfit_request *r, uint64_t n)
{
	r->nodes_min = n;
	if (r->nodes_max && r->nodes_max < n)
		r->nodes_max = n;
}

bool dsfit_change_shape(struct dsfit_request *r, bool bound, uint64_t n, uint64_t g)
{
	uint64_t tasks = dsfit_tasks(r, n), gpus = dsfit_mul(n, g);

	switch (r->scope) {
	case DSFIT_GPUS_PER_JOB:
		/* Where the GPUs follow from the tasks, more of them are more tasks. */
		if (r->tasks_per_gpu && r->tasks && bound && gpus != r->gpus)
			return false;
		if (r->tasks_per_gpu && r->tasks && gpus != r->gpus)
			r->tasks = dsfit_mul(gpus, r->tasks_per_gpu);
		r->gpus = gpus;
		break;
	case DSFIT_GPUS_PER_TASK:
		if (gpus % tasks == 0 && gpus / tasks <= g) {
			r->gpus = gpus / tasks;
			break;
		}
		/* A task's GPUs are on one node: more of them are more tasks. */
		if (bound || !r->tasks || !r->gpus || gpus % r->gpus)
			return false;
		r->tasks = gpus / r->gpus;
		break;
	default:
		r->scope = DSFIT_GPUS_PER_NODE;
		r->gpus = g;
		break;
	}
	if (r->nodes_given || r->scope == DSFIT_GPUS_PER_NODE ||
	    (r->scope == DSFIT_GPUS_PER_TASK && !r->tasks))
		set_nodes(r, n);
	if (!bound && r->tasks && r->tasks < n && r->scope != DSFIT_GPUS_PER_TASK)
		r->tasks = n;
	return true;
}

/* The site's classes as a request may land on them. */
enum mark { ELSEWHERE, GOOD, BAD };

struct marking {
	const struct dsfit_site *site;
	unsigned char *marks;		/* of enum mark, one a class of the site */
	dsfit_landing_judge good;
	const void *context;
};

static void mark_class(void *context, const struct dsfit_assessment *there)
{
	struct marking *m = context;

	m->marks[there->class - m->site->classes] = m->good(m->context, there) ? GOOD : BAD;
}

static bool is_on_a_bad_one(const struct marking *m, const char *feature)
{
	for (size_t i = 0; i < m->site->class_count; i++)
		if (m->marks[i] == BAD && dsfit_names_have(&m->site->classes[i].features, feature))
			return true;
	return false;
}

/* Whether an "a|b" list already has the feature. */
static bool lists(const char *list, const char *feature)
{
	size_t length = strlen(feature);

	for (const char *at = list; (at = strstr(at, feature)); at += length)
		if ((at == list || at[-1] == '|') && (!at[length] || at[length] == '|'))
			return true;
	return false;
}

/* Put a feature of the class's own kind into the list, unless one that it has is there. */
static void list_class(const struct marking *m, const struct dsfit_node_class *class,
		       char list[DSFIT_EXPRESSION_MAX])
{
	const char *feature = NULL;
	size_t length = strlen(list);

	for (size_t i = 0; i < class->features.count; i++)
		if (lists(list, class->features.name[i]))
			return;
	for (size_t i = 0; i < class->features.count && !feature; i++)
		if (!is_on_a_bad_one(m, class->features.name[i]))
			feature = class->features.name[i];
	if (feature && length + strlen(feature) + 2 <= DSFIT_EXPRESSION_MAX)
		snprintf(list + length, DSFIT_EXPRESSION_MAX - length, "%s%s", length ? "|" : "",
			 feature);
}

bool dsfit_change_features(const struct dsfit_site *site, const struct dsfit_workload *workload,
			   struct dsfit_request *r, dsfit_landing_judge good, const void *context)
{
	struct marking m = { .site = site, .good = good, .context = context };
	char list[DSFIT_EXPRESSION_MAX] = "", all[DSFIT_EXPRESSION_MAX];
	int length;

	/* Counts and brackets cannot be put into parentheses. */
	if (strpbrk(r->features, "[]*"))
		return false;
	m.marks = calloc(site->class_count + 1, 1);
	if (!m.marks)
		return false;
	dsfit_assess_each(site, workload, r, NULL, 0, mark_class, &m);
	for (size_t i = 0; i < site->class_count; i++)
		if (m.marks[i] == GOOD)
			list_class(&m, &site->classes[i], list);
	free(m.marks);
	if (!list[0])
		return false;
	if (!r->features[0])
		length = snprintf(all, sizeof(all), "%s", list);
	else
		length = snprintf(all, sizeof(all), "(%s)&(%s)", r->features, list);
	if (length < 0 || (size_t)length >= sizeof(all))
		return false;
	strcpy(r->features, all);
	return true;
}
