/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A dsfit.conf is written once, and the cluster goes on changing. Each section is held against what
 * "dsfit discover" would write today:
 *
 *   nodes         classes of one GPU type are paired with the fewest differences, because a site
 *                 may name its classes as it likes
 *   partition     by name
 *   qos, association   by title
 *
 * Differences are kept as texts, because lines and JSON are made of them.
 */
#include "cli/live.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/common.h"
#include "core/base/hosts.h"
#include "core/base/size.h"
#include "core/base/text.h"
#include "core/site/accounting.h"
#include "core/site/limits.h"

/* --- texts --------------------------------------------------------------------------------- */

static char *print(const char *format, ...) __attribute__((format(printf, 1, 2)));

static char *print(const char *format, ...)
{
	va_list args;
	char *text;
	int length;

	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	cli_need(length < 0);
	return text;
}

/* Note a difference. Takes over the texts. */
static void differ(struct live *live, char *section, const char *key, char *configured,
		   char *found)
{
	live->differences = reallocarray(live->differences, live->count + 1,
					 sizeof(*live->differences));
	cli_need(!live->differences);
	live->differences[live->count++] = (struct live_difference){
		.section = section, .key = key, .configured = configured, .live = found,
	};
}

static char *print_number(uint64_t number)
{
	return number == UINT64_MAX ? print("no limit") : print("%" PRIu64, number);
}

static void compare_numbers(struct live *live, const char *section, const char *key,
			    uint64_t configured, uint64_t found)
{
	if (configured != found)
		differ(live, print("%s", section), key, print_number(configured),
		       print_number(found));
}

/* Bytes that dsfit.conf does not state (0) are not compared. */
static void compare_bytes(struct live *live, const char *section, const char *key,
			  uint64_t configured, uint64_t mebibytes)
{
	if (configured && configured != dsfit_mul(mebibytes, DSFIT_MIB))
		differ(live, print("%s", section), key,
		       print("%" PRIu64 "MiB", configured / DSFIT_MIB),
		       print("%" PRIu64 "MiB", mebibytes));
}

static void compare_words(struct live *live, const char *section, const char *key,
			  const char *configured, const char *found)
{
	if (strcmp(configured, found))
		differ(live, print("%s", section), key, print("%s", configured),
		       print("%s", found));
}

static bool are_within(const struct dsfit_names *a, const struct dsfit_names *b)
{
	for (size_t i = 0; i < a->count; i++)
		if (!dsfit_names_have(b, a->name[i]))
			return false;
	return true;
}

static bool are_same(const struct dsfit_names *a, const struct dsfit_names *b)
{
	return are_within(a, b) && are_within(b, a);
}

static char *print_names(const struct dsfit_names *names)
{
	struct dsfit_text text;
	FILE *out = dsfit_text_begin(&text);
	char *list;

	cli_need(!out);
	fputc('{', out);
	for (size_t i = 0; i < names->count; i++)
		fprintf(out, "%s%s", i ? ", " : "", names->name[i]);
	fputc('}', out);
	list = dsfit_text_end(&text);
	cli_need(!list);
	return list;
}

static void compare_names(struct live *live, const char *section, const char *key,
			  const struct dsfit_names *configured, const struct dsfit_names *found)
{
	if (!are_same(configured, found))
		differ(live, print("%s", section), key, print_names(configured),
		       print_names(found));
}

/* --- nodes --------------------------------------------------------------------------------- */

/* The partitions of a class of the configuration, which names none if it is in all. */
static void list_partitions(const struct dsfit_node_class *class, const struct cluster *cluster,
			    struct dsfit_names *out)
{
	for (size_t i = 0; i < class->partitions.count; i++)
		cli_need(dsfit_names_add(out, class->partitions.name[i]));
	for (size_t i = 0; !class->partitions.count && i < cluster->partition_count; i++)
		cli_need(dsfit_names_add(out, cluster->partitions[i].name));
}

/* The names of a section that has them and of the nodes found. If one list has all names of the
 * other and they are as many, they are the same. */
static void compare_hosts(struct live *live, const char *section, const struct dsfit_names *hosts,
			  const struct found_class *found)
{
	struct dsfit_names now = found_class_hosts(found);
	uint64_t work = UINT64_MAX;
	bool same = true;

	for (size_t i = 0; same && i < found->nodes.count; i++) {
		same = false;
		for (size_t j = 0; !same && j < hosts->count; j++)
			same = dsfit_hosts_have(hosts->name[j], found->nodes.name[i], &work);
	}
	if (hosts->count && now.count && !same)
		differ(live, print("%s", section), "names", print_names(hosts), print_names(&now));
	dsfit_names_free(&now);
}

/* A GPU type may be two cards; then dsfit.conf decides. */
static bool is_card(const struct dsfit_node_class *class, const struct dsfit_card *card)
{
	return !card->gpu || card->gpu == class->gpu || card->other == class->gpu;
}

static void compare_class(struct live *live, const struct cluster *cluster,
			  const struct dsfit_node_class *class, const struct found_class *found)
{
	struct dsfit_names configured = { NULL, 0 }, partitions = { NULL, 0 };
	char *section = print("nodes \"%s\"", class->name);

	compare_numbers(live, section, "count", class->count, found->count);
	compare_hosts(live, section, &class->hosts, found);
	if (!is_card(class, &found->card))
		compare_words(live, section, "gpu", class->gpu->name, found->card.gpu->name);
	compare_numbers(live, section, "gpus", class->gpus, found->gpus);
	if (class->cpus)
		compare_numbers(live, section, "cpus", class->cpus, found->cpus);
	compare_bytes(live, section, "memory", class->memory, found->memory);
	compare_bytes(live, section, "scratch", class->scratch, found->scratch);
	compare_names(live, section, "features", &class->features, &found->words);
	list_partitions(class, cluster, &configured);
	found_split(found->partitions, &partitions);
	compare_names(live, section, "partitions", &configured, &partitions);
	dsfit_names_free(&configured);
	dsfit_names_free(&partitions);
	free(section);
}

#define NO_PAIR SIZE_MAX

/* How far a class of the configuration and one of the cluster are from each other: by the number of
 * differences, and of equally many the same name is nearer. NO_PAIR: another GPU type. */
static size_t distance(const struct cluster *cluster, const struct dsfit_node_class *class,
		       const struct found_class *found)
{
	struct live differences = { NULL, 0 };
	size_t count;

	if (strcmp(class->gres_type, found->type))
		return NO_PAIR;
	compare_class(&differences, cluster, class, found);
	count = 2 * differences.count + (strcmp(class->name, found->name) ? 1 : 0);
	live_free(&differences);
	return count;
}

/* The pairs of a configuration's classes and a cluster's. */
struct pairs {
	size_t *distances;		/* of each with each */
	const struct found_class **of;	/* of each class of the configuration; NULL: none */
	bool *taken;			/* each class of the cluster */
};

/* Pair the nearest two that are left. Returns false if there are none. */
static bool pair_nearest(const struct dsfit_site *site, const struct discovery *d,
			 struct pairs *pairs)
{
	size_t nearest = NO_PAIR, class = 0, found = 0;

	for (size_t i = 0; i < site->class_count; i++)
		for (size_t j = 0; j < d->count && !pairs->of[i]; j++) {
			size_t far = pairs->distances[i * d->count + j];

			if (pairs->taken[j] || far >= nearest)
				continue;
			nearest = far;
			class = i;
			found = j;
		}
	if (nearest == NO_PAIR)
		return false;
	pairs->of[class] = &d->classes[found];
	pairs->taken[found] = true;
	return true;
}

static void pair_all(const struct dsfit_site *site, const struct discovery *d,
		     struct pairs *pairs)
{
	pairs->distances = calloc(site->class_count * d->count + 1, sizeof(*pairs->distances));
	pairs->of = calloc(site->class_count + 1, sizeof(*pairs->of));
	pairs->taken = calloc(d->count + 1, sizeof(*pairs->taken));
	cli_need(!pairs->distances || !pairs->of || !pairs->taken);
	for (size_t i = 0; i < site->class_count; i++)
		for (size_t j = 0; j < d->count; j++)
			pairs->distances[i * d->count + j] =
				distance(d->cluster, &site->classes[i], &d->classes[j]);
	while (pair_nearest(site, d, pairs))
		;
}

static void compare_nodes(struct live *live, const struct dsfit_site *site,
			  const struct discovery *d)
{
	struct pairs pairs;

	pair_all(site, d, &pairs);
	for (size_t i = 0; i < site->class_count; i++) {
		const struct dsfit_node_class *class = &site->classes[i];

		if (pairs.of[i])
			compare_class(live, d->cluster, class, pairs.of[i]);
		else
			differ(live, print("nodes \"%s\"", class->name), NULL,
			       print("%" PRIu64 " x %" PRIu64 " %s", class->count, class->gpus,
				     class->gres_type), NULL);
	}
	for (size_t j = 0; j < d->count; j++) {
		const struct found_class *found = &d->classes[j];

		/* No job can ask for a GPU without a type by its name. */
		if (!pairs.taken[j] && found->type[0])
			differ(live, print("nodes \"%s\"", found->name), NULL, NULL,
			       print("%" PRIu64 " x %" PRIu64 " %s", found->count, found->gpus,
				     found->type));
	}
	free(pairs.distances);
	free(pairs.of);
	free(pairs.taken);
}

/* --- partitions ---------------------------------------------------------------------------- */

/* The default memory in force, of MiB per GPU, CPU or node, as load.c has it for dsfit.conf. */
static char *print_memory(uint64_t per_gpu, uint64_t per_cpu, uint64_t per_node)
{
	if (per_gpu)
		return print("%" PRIu64 " MiB per GPU", per_gpu);
	if (per_cpu)
		return print("%" PRIu64 " MiB per CPU", per_cpu);
	return per_node ? print("%" PRIu64 " MiB per node", per_node) : print("none");
}

static void compare_memory(struct live *live, const char *section,
			   const struct dsfit_default_memory *configured,
			   const struct cluster_memory *own, const struct cluster_memory *all)
{
	bool has_own = own->per_cpu || own->per_node;
	char *here = print_memory(configured->per_gpu / DSFIT_MIB, configured->per_cpu / DSFIT_MIB,
				  configured->per_node / DSFIT_MIB);
	char *there = print_memory(own->per_gpu ? own->per_gpu : all->per_gpu,
				   has_own ? own->per_cpu : all->per_cpu,
				   has_own ? own->per_node : all->per_node);

	compare_words(live, section, "default-mem", here, there);
	free(here);
	free(there);
}

static const char *yes_or_no(bool yes)
{
	return yes ? "true" : "false";
}

static void compare_partition(struct live *live, const struct dsfit_site *site,
			      const struct cluster *cluster,
			      const struct cluster_partition *found)
{
	const struct dsfit_partition *own = dsfit_site_partition(site, found->name);
	char *section = print("partition \"%s\"", found->name);

	if (!own) {
		differ(live, section, NULL, NULL, print("a partition"));
		return;
	}
	compare_words(live, section, "default", yes_or_no(own->is_default),
		      yes_or_no(found->is_default));
	if (!found->by_qos)
		compare_words(live, section, "preemptible", yes_or_no(own->preemptible),
			      yes_or_no(found->preemptible));
	if (found->only_named && dsfit_may_choose(own))
		compare_words(live, section, "only-named", "false", "true");
	compare_memory(live, section, &own->default_memory, &found->memory, &cluster->memory);
	compare_words(live, section, "qos", own->qos, found->qos);
	if (own->policy.max_nodes > found->max_nodes)
		compare_numbers(live, section, "max-nodes", own->policy.max_nodes,
				found->max_nodes);
	free(section);
}

static bool has_partition(const struct cluster *cluster, const char *name)
{
	for (size_t i = 0; i < cluster->partition_count; i++)
		if (!strcmp(cluster->partitions[i].name, name))
			return true;
	return false;
}

static void compare_partitions(struct live *live, const struct dsfit_site *site,
			       const struct cluster *cluster)
{
	for (size_t i = 0; i < site->partition_count; i++)
		if (!has_partition(cluster, site->partitions[i].name))
			differ(live, print("partition \"%s\"", site->partitions[i].name), NULL,
			       print("a partition"), NULL);
	for (size_t i = 0; i < cluster->partition_count; i++)
		compare_partition(live, site, cluster, &cluster->partitions[i]);
}

/* --- accounting ---------------------------------------------------------------------------- */

static bool types_within(const struct dsfit_limits *a, const struct dsfit_limits *b)
{
	for (size_t i = 0; i < a->type_count; i++)
		if (dsfit_limit_of_type(b, a->of_type[i].type) != a->of_type[i].gpus)
			return false;
	return true;
}

static char *print_types(const struct dsfit_limits *limits)
{
	struct dsfit_names names = { NULL, 0 };
	char *text;

	for (size_t i = 0; i < limits->type_count; i++) {
		char *one = print("%s=%" PRIu64, limits->of_type[i].type, limits->of_type[i].gpus);

		cli_need(dsfit_names_add(&names, one));
		free(one);
	}
	text = print_names(&names);
	dsfit_names_free(&names);
	return text;
}

/* Compare the limits of the first so many kinds. */
static void compare_limits(struct live *live, const char *section,
			   const struct dsfit_limits *configured,
			   const struct dsfit_limits *found, int kinds)
{
	for (int kind = 0; kind < kinds; kind++) {
		const struct dsfit_limit_keys *keys = &dsfit_limit_keys[kind];
		const struct dsfit_limits *a = &configured[kind], *b = &found[kind];

		if (!types_within(a, b) || !types_within(b, a))
			differ(live, print("%s", section), keys->gpus_of, print_types(a),
			       print_types(b));
		compare_numbers(live, section, keys->gpus, a->gpus, b->gpus);
		compare_numbers(live, section, keys->nodes, a->nodes, b->nodes);
	}
}

static bool has_limits(const struct dsfit_association *one)
{
	for (int kind = 0; kind < DSFIT_ASSOCIATION_KINDS; kind++) {
		const struct dsfit_limits *limits = &one->limits[kind];

		if (limits->gpus != UINT64_MAX || limits->nodes != UINT64_MAX ||
		    limits->type_count)
			return true;
	}
	return false;
}

/* Compare how a QOS overrides the limits of others. */
static void compare_overrides(struct live *live, const char *section, const struct dsfit_qos *own,
			      const struct cluster_qos *found)
{
	char *configured = print("%g", own->limit_factor);
	char *there = print("%g", found->limit_factor);

	compare_words(live, section, "over-part-qos", yes_or_no(own->over_part_qos),
		      yes_or_no(found->over_part_qos));
	compare_words(live, section, "partition-max-nodes", yes_or_no(own->partition_max_nodes),
		      yes_or_no(found->partition_max_nodes));
	compare_words(live, section, "limit-factor", configured, there);
	free(configured);
	free(there);
}

/* What QOS have that are in only one of the two. */
#define NO_LIMITS { DSFIT_UNLIMITED, DSFIT_UNLIMITED, DSFIT_UNLIMITED, DSFIT_UNLIMITED }
static const struct dsfit_qos not_configured = { .limits = NO_LIMITS };
static const struct cluster_qos not_found = { .limits = NO_LIMITS };

static void compare_qos(struct live *live, const struct dsfit_site *site,
			const struct accounting *accounting)
{
	for (size_t i = 0; i < site->qos_count; i++) {
		const struct dsfit_qos *own = &site->qos[i];
		char *section = print("qos \"%s\"", own->name);
		bool found = false;

		for (size_t j = 0; j < accounting->qos_count; j++)
			found |= !strcmp(accounting->qos[j].name, own->name);
		if (!found) {
			compare_limits(live, section, own->limits, not_found.limits,
				       DSFIT_LIMIT_KINDS);
			compare_overrides(live, section, own, &not_found);
		}
		free(section);
	}
	for (size_t j = 0; j < accounting->qos_count; j++) {
		const struct cluster_qos *found = &accounting->qos[j];
		const struct dsfit_qos *own = &not_configured;
		char *section = print("qos \"%s\"", found->name);

		for (size_t i = 0; i < site->qos_count; i++)
			if (!strcmp(site->qos[i].name, found->name))
				own = &site->qos[i];
		compare_limits(live, section, own->limits, found->limits, DSFIT_LIMIT_KINDS);
		compare_overrides(live, section, own, found);
		if (own != &not_configured || found->is_default)
			compare_words(live, section, "default", yes_or_no(own->is_default),
				      yes_or_no(found->is_default));
		free(section);
	}
}

static bool is_same_association(const struct dsfit_association *own,
				const struct cluster_association *found)
{
	return !strcmp(own->account, found->account) && !strcmp(own->user, found->user);
}

static void compare_associations(struct live *live, const struct dsfit_site *site,
				 const struct accounting *accounting)
{
	bool *seen = calloc(site->association_count + 1, sizeof(*seen));

	cli_need(!seen);
	for (size_t j = 0; j < accounting->association_count; j++) {
		const struct cluster_association *found = &accounting->associations[j];
		const struct dsfit_association *own = NULL;
		char *section = print("association \"%s%s%s\"", found->account,
				      found->user[0] ? ":" : "", found->user);

		for (size_t i = 0; i < site->association_count; i++)
			if (is_same_association(&site->associations[i], found)) {
				own = &site->associations[i];
				seen[i] = true;
			}
		if (own) {
			compare_names(live, section, "users", &own->users, &found->users);
			compare_words(live, section, "qos", own->qos, found->qos);
			compare_limits(live, section, own->limits, found->limits,
				       DSFIT_ASSOCIATION_KINDS);
			free(section);
		} else {
			differ(live, section, NULL, NULL, print("limits"));
		}
	}
	for (size_t i = 0; i < site->association_count; i++) {
		const struct dsfit_association *own = &site->associations[i];

		if (!seen[i] && (has_limits(own) || own->qos[0]))
			differ(live, print("association \"%s%s%s\"", own->account,
					   own->user[0] ? ":" : "", own->user), NULL,
			       print("limits"), NULL);
	}
	free(seen);
}

/* --- all of it ------------------------------------------------------------------------------ */

void live_compare(const struct dsfit_site *site, const struct discovery *found, struct live *out)
{
	const struct cluster *cluster = found->cluster;

	*out = (struct live){ NULL, 0 };
	compare_nodes(out, site, found);
	compare_partitions(out, site, cluster);
	compare_qos(out, site, &cluster->accounting);
	compare_associations(out, site, &cluster->accounting);
}

void live_free(struct live *live)
{
	for (size_t i = 0; i < live->count; i++) {
		free(live->differences[i].section);
		free(live->differences[i].configured);
		free(live->differences[i].live);
	}
	free(live->differences);
}

void live_text(FILE *out, const struct live *live)
{
	for (size_t i = 0; i < live->count; i++) {
		const struct live_difference *one = &live->differences[i];

		if (one->key)
			fprintf(out, "%s: %s: %s in dsfit.conf, %s in the cluster\n", one->section,
				one->key, one->configured, one->live);
		else if (one->configured)
			fprintf(out, "%s: %s in dsfit.conf, not in the cluster\n", one->section,
				one->configured);
		else
			fprintf(out, "%s: %s in the cluster, not in dsfit.conf\n", one->section,
				one->live);
	}
}
