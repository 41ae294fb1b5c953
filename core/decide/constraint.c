/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/decide/constraint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/size.h"

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

/* Ask for n nodes; a maximum is raised with the minimum, and a number that is written is one. */
static void set_nodes(struct dsfit_request *r, uint64_t n)
{
	if (r->nodes_max < n && (r->nodes_max || r->nodes_min != n))
		r->nodes_max = n;
	r->nodes_min = n;
}

static bool shape(struct dsfit_request *r, bool bound, uint64_t n, uint64_t g)
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
	if ((!bound || r->tasks_follow) && r->tasks && r->tasks < n &&
	    r->scope != DSFIT_GPUS_PER_TASK)
		r->tasks = n;
	/* Nodes without room for the tasks are never given. */
	return !r->tasks_per_node || r->tasks <= dsfit_mul(n, r->tasks_per_node);
}

bool dsfit_change_shape(struct dsfit_request *r, bool bound, uint64_t nodes, uint64_t gpus)
{
	struct dsfit_request to = *r;

	if (!shape(&to, bound, nodes, gpus))
		return false;
	*r = to;
	return true;
}

/* --- telling classes apart by their features ----------------------------------------------- */

/* A feature of some class that the request may land on. */
struct feature {
	const char *name;
	bool bad;			/* a bad class has it */
	bool listed;			/* it is in the constraint */
};

struct marked {
	const struct dsfit_node_class *class;
	bool good;
	struct feature **features;	/* the class's, as many as it has */
};

struct marking {
	struct marked *classes;
	size_t count;
	struct feature *features;	/* a hash table, half empty at least */
	size_t slots;			/* a power of two */
	struct feature **own;		/* of all classes, one after the other */
	dsfit_landing_judge good;
	const void *context;
};

static void mark(void *context, const struct dsfit_assessment *there)
{
	struct marking *m = context;

	m->classes[m->count++] = (struct marked){ there->class, m->good(m->context, there), NULL };
}

/* The feature's place in the table, upper and lower case alike. */
static struct feature *find_feature(const struct marking *m, const char *name)
{
	uint32_t hash = 2166136261u;	/* FNV-1a */

	for (const char *c = name; *c; c++)
		hash = (hash ^ (uint32_t)(*c | 0x20)) * 16777619u;
	for (;; hash++) {
		struct feature *feature = &m->features[hash & (m->slots - 1)];

		if (!feature->name || !strcasecmp(feature->name, name))
			return feature;
	}
}

static bool list_features(struct marking *m)
{
	size_t total = 0;

	for (size_t i = 0; i < m->count; i++)
		total += m->classes[i].class->features.count;
	for (m->slots = 2; m->slots <= 2 * total; m->slots *= 2)
		;
	m->features = calloc(m->slots, sizeof(*m->features));
	m->own = calloc(total + 1, sizeof(struct feature *));
	if (!m->features || !m->own)
		return false;
	for (size_t i = 0, next = 0; i < m->count; i++) {
		const struct dsfit_names *names = &m->classes[i].class->features;

		m->classes[i].features = m->own + next;
		for (size_t j = 0; j < names->count; j++) {
			struct feature *feature = find_feature(m, names->name[j]);

			feature->name = names->name[j];
			feature->bad |= !m->classes[i].good;
			m->own[next++] = feature;
		}
	}
	return true;
}

static bool is_listed(const struct marked *marked)
{
	for (size_t i = 0; i < marked->class->features.count; i++)
		if (marked->features[i]->listed)
			return true;
	return false;
}

/* Put a feature that only good classes have into the list, unless one of the class's is there. */
static void list_class(const struct marked *marked, char list[DSFIT_EXPRESSION_MAX])
{
	struct feature *feature = NULL;
	size_t length = strlen(list);

	if (is_listed(marked))
		return;
	for (size_t i = 0; i < marked->class->features.count && !feature; i++)
		if (!marked->features[i]->bad)
			feature = marked->features[i];
	if (!feature || length + strlen(feature->name) + 2 > DSFIT_EXPRESSION_MAX)
		return;
	snprintf(list + length, DSFIT_EXPRESSION_MAX - length, "%s%s", length ? "|" : "",
		 feature->name);
	feature->listed = true;
}

/* The constraint that is asked for, and `list` as well; false where they are too long. */
static bool constrain(struct dsfit_request *r, const char *list)
{
	char all[DSFIT_EXPRESSION_MAX];
	int length;

	if (!r->features[0])
		length = snprintf(all, sizeof(all), "%s", list);
	else
		length = snprintf(all, sizeof(all), "(%s)&(%s)", r->features, list);
	if (length < 0 || (size_t)length >= sizeof(all))
		return false;
	strcpy(r->features, all);
	return true;
}

/* The classes that the constraint leaves: how many. */
static size_t leave(const struct marking *m, const struct dsfit_node_class **left)
{
	size_t count = 0;

	for (size_t i = 0; i < m->count; i++) {
		if (!is_listed(&m->classes[i]))
			continue;
		if (left)
			left[count] = m->classes[i].class;
		count++;
	}
	return count;
}

size_t dsfit_change_features(const struct dsfit_site *site, const struct dsfit_workload *workload,
			     struct dsfit_request *r,
			     const struct dsfit_node_class *const *classes, size_t count,
			     dsfit_landing_judge good, const void *context,
			     const struct dsfit_node_class **left)
{
	struct marking m = { .good = good, .context = context };
	char list[DSFIT_EXPRESSION_MAX] = "";
	size_t kept = 0;

	/* Counts and brackets cannot be put into parentheses. */
	if (strpbrk(r->features, "[]*"))
		return 0;
	m.classes = calloc((classes ? count : site->class_count) + 1, sizeof(*m.classes));
	if (!m.classes)
		return 0;
	dsfit_assess_each(site, workload, r, classes, count, mark, &m);
	if (list_features(&m)) {
		for (size_t i = 0; i < m.count; i++)
			if (m.classes[i].good)
				list_class(&m.classes[i], list);
		if (list[0] && constrain(r, list))
			kept = leave(&m, left);
	}
	free(m.own);
	free(m.features);
	free(m.classes);
	return kept;
}
