/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Group the nodes of a live cluster into classes. A dsfit.conf describes classes, not single nodes.
 *
 *   node          gres                     classes
 *   a100-0        gpu:a100:4(S:0-1)   ->   a100   count 2, 4 x a100
 *   a100-1        gpu:a100:4(S:0-1)   ->   a100
 *   mixed-0       gpu:a30:2,gpu:t4:1  ->   mixed and mixed-2: one class for each type of GPU
 *
 * gather() reads each node's gres and adds the node to the class of equal nodes, or begins one.
 * name_classes() then names each class after the common beginning of its nodes' names. The syntax
 * of gres is that of the manual gres.conf(5).
 */
#include "cli/node_classes.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cli/common.h"
#include "core/base/hosts.h"
#include "core/base/text.h"

/* So many names make no list that is too long. */
#define HOSTS_TOGETHER 256

static char *copy(const char *text)
{
	char *new = strdup(text);

	cli_need(!new);
	return new;
}

/* --- a node's gres and partitions ---------------------------------------------------------- */

struct gres {
	char type[DSFIT_NAME_MAX];
	uint64_t count;
};

#define TYPES 8		/* of GPUs on one node; more are ignored */

/* Read `length` characters such as "gpu:a100:4(S:0-1)". Returns false if they describe no GPU. */
static bool read_gres(const char *text, size_t length, struct gres *out)
{
	const char *end = text + length, *bracket = memchr(text, '(', length), *last = NULL;
	char *rest;

	if (bracket)
		end = bracket;
	if ((size_t)(end - text) < 5 || strncmp(text, "gpu:", 4))
		return false;
	text += 4;
	for (const char *at = text; at < end; at++)
		if (*at == ':')
			last = at;
	*out = (struct gres){ .count = strtoul(last ? last + 1 : text, &rest, 10) };
	if (last && (size_t)(last - text) < sizeof(out->type))
		memcpy(out->type, text, (size_t)(last - text));
	return out->count > 0;
}

/* Read the GPU types in a node's gres, and add up equal ones. Returns the number of types. Sets
 * *parts if the node has shards or mps, which are parts of a GPU. */
static size_t read_all_gres(const char *text, struct gres found[TYPES], bool *parts)
{
	size_t count = 0;

	while (*text) {
		unsigned depth = 0;
		size_t length = 0, same = 0;
		struct gres one;

		for (; text[length] && (text[length] != ',' || depth); length++)
			depth += text[length] == '(' ? 1u : text[length] == ')' && depth ? -1u : 0u;
		*parts |= !strncmp(text, "shard:", 6) || !strncmp(text, "mps:", 4);
		if (read_gres(text, length, &one)) {
			while (same < count && strcmp(found[same].type, one.type))
				same++;
			if (same < count)
				found[same].count += one.count;
			else if (count < TYPES)
				found[count++] = one;
		}
		text += length + (text[length] == ',');
	}
	return count;
}

/* Return the names of the node's partitions as a comma list, which the caller frees. *everywhere:
 * these are all partitions of the cluster. */
static char *partitions_of(const struct cluster *cluster, size_t node, bool *everywhere)
{
	struct dsfit_text text;
	FILE *out = dsfit_text_begin(&text);
	size_t in = 0;
	char *list;

	cli_need(!out);
	for (size_t i = 0; i < cluster->partition_count; i++) {
		const int32_t *range = cluster->partitions[i].nodes;

		while (range && range[0] >= 0 &&
		       ((size_t)range[0] > node || node > (size_t)range[1]))
			range += 2;
		if (range && range[0] >= 0)
			fprintf(out, "%s%s", in++ ? "," : "", cluster->partitions[i].name);
	}
	list = dsfit_text_end(&text);
	cli_need(!list);
	*everywhere = in == cluster->partition_count;
	return list;
}

/* --- classes ------------------------------------------------------------------------------- */

static bool are_alike(const struct found_class *a, const struct found_class *b)
{
	return !strcmp(a->type, b->type) && !strcmp(a->features, b->features) &&
	       !strcmp(a->partitions, b->partitions) && a->gpus == b->gpus &&
	       a->cpus == b->cpus && a->memory == b->memory && a->scratch == b->scratch &&
	       a->types == b->types;
}

/* Cut a name to the beginning that it shares with another. */
static void keep_common(char *name, const char *other)
{
	size_t length = 0;

	while (name[length] && name[length] == other[length])
		length++;
	name[length] = '\0';
}

void found_split(const char *list, struct dsfit_names *out)
{
	char *words = copy(list), *rest = words, *word;

	while ((word = strsep(&rest, ",")))
		if (*word)
			cli_need(dsfit_names_add(out, word));
	free(words);
}

static void forget_class(struct found_class *class)
{
	free(class->type);
	free(class->features);
	free(class->partitions);
	dsfit_names_free(&class->words);
	dsfit_names_free(&class->nodes);
}

/* Add a node's GPUs of one type to the class of equal nodes, or begin a class. Takes over *one. */
static void add_node(struct discovery *d, const char *name, struct found_class *one)
{
	size_t i = 0;

	while (i < d->count && !are_alike(&d->classes[i], one))
		i++;
	if (i < d->count) {
		keep_common(d->classes[i].name, name);
		d->classes[i].count++;
		cli_need(dsfit_names_add(&d->classes[i].nodes, name));
		forget_class(one);
		return;
	}
	d->classes = reallocarray(d->classes, d->count + 1, sizeof(*d->classes));
	cli_need(!d->classes);
	one->count = 1;
	snprintf(one->name, sizeof(one->name), "%s", name);
	found_split(one->features, &one->words);
	cli_need(dsfit_names_add(&one->nodes, name));
	dsfit_card_find(d->site, one->type, &one->words, &one->card);
	d->classes[d->count++] = *one;
}

static void gather(struct discovery *d)
{
	for (size_t i = 0; i < d->cluster->node_count; i++) {
		const struct cluster_node *node = &d->cluster->nodes[i];
		struct gres found[TYPES];
		bool parts = false;
		size_t types;

		if (node->future)
			continue;
		types = read_all_gres(node->gres, found, &parts);
		d->parts += parts;
		d->others += !types;
		for (size_t j = 0; j < types; j++) {
			struct found_class one = {
				.type = copy(found[j].type),
				.features = copy(node->features),
				.gpus = found[j].count,
				.cpus = node->cpus,
				.memory = node->memory,
				.scratch = node->scratch,
				.types = types,
			};

			one.partitions = partitions_of(d->cluster, i, &one.everywhere);
			add_node(d, node->name, &one);
		}
	}
}

static bool is_taken(const struct discovery *d, size_t before, const char *name)
{
	for (size_t i = 0; i < before; i++)
		if (!strcmp(d->classes[i].name, name))
			return true;
	return false;
}

/* Name each class after the common beginning of its nodes' names: ws for ws-0 to ws-3. */
static void name_classes(struct discovery *d)
{
	for (size_t i = 0; i < d->count; i++) {
		struct found_class *class = &d->classes[i];
		size_t length = strlen(class->name);
		char stem[DSFIT_NAME_MAX - 12];

		while (length && isdigit((unsigned char)class->name[length - 1]))
			length--;
		while (length && strchr("-_.", class->name[length - 1]))
			length--;
		class->name[length] = '\0';
		snprintf(stem, sizeof(stem), "%.50s", length ? class->name :
			 class->type[0] ? class->type : "nodes");
		snprintf(class->name, sizeof(class->name), "%s", stem);
		for (size_t n = 2; is_taken(d, i, class->name); n++)
			snprintf(class->name, sizeof(class->name), "%s-%zu", stem, n);
	}
}

/* --- names of nodes ------------------------------------------------------------------------ */

/* The number that ends a name, as digits. "": none that dsfit takes as a number. */
static const char *number_of(const char *name)
{
	const char *end = name + strlen(name), *at = end;

	while (at > name && isdigit((unsigned char)at[-1]))
		at--;
	return end - at <= 9 ? at : end;
}

/* Whether a name is the one after another: "n9" and "n10", "n09" and "n10". */
static bool follows(const char *last, const char *name)
{
	const char *a = number_of(last), *b = number_of(name);
	char next[32];

	snprintf(next, sizeof(next), "%0*lu", (int)strlen(a), strtoul(a, NULL, 10) + 1);
	return *a && *b && !strcmp(next, b);
}

/* How many names from this one on have the same beginning before their number. */
static size_t count_alike(const struct dsfit_names *names, size_t first)
{
	const char *stem = names->name[first];
	size_t length = (size_t)(number_of(stem) - stem), n = 1;

	if (!stem[length])
		return 1;
	while (n < HOSTS_TOGETHER && first + n < names->count) {
		const char *other = names->name[first + n];

		if (strncmp(stem, other, length) || number_of(other) != other + length ||
		    !other[length])
			break;
		n++;
	}
	return n;
}

/* Names with the same beginning as one: "a100-[0-3,7]". The caller frees it. */
static char *join_hosts(char *const *names, size_t count)
{
	const char *number = number_of(names[0]);
	struct dsfit_text text;
	FILE *out = dsfit_text_begin(&text);
	char *joined;

	cli_need(!out);
	fprintf(out, "%.*s%s", (int)(number - names[0]), names[0], count > 1 ? "[" : number);
	for (size_t i = 0, next; count > 1 && i < count; i = next) {
		/* All names of a range have as many digits as the first, or are longer. */
		for (next = i + 1; next < count && follows(names[next - 1], names[next]); next++)
			;
		fprintf(out, "%s%s", i ? "," : "", number_of(names[i]));
		if (next > i + 1)
			fprintf(out, "-%s", number_of(names[next - 1]));
	}
	fputs(count > 1 ? "]" : "", out);
	joined = dsfit_text_end(&text);
	cli_need(!joined);
	return joined;
}

struct dsfit_names found_class_hosts(const struct found_class *class)
{
	struct dsfit_names hosts = { NULL, 0 };
	uint64_t count, all = 0;
	size_t alike;

	for (size_t i = 0; i < class->nodes.count; i += alike) {
		char *one;

		alike = count_alike(&class->nodes, i);
		one = join_hosts(&class->nodes.name[i], alike);
		all += dsfit_hosts_count(one, &count) ? count : 0;
		cli_need(dsfit_names_take(&hosts, one));
	}
	if (all != class->count)
		dsfit_names_free(&hosts);
	return hosts;
}

bool found_class_is_known(const struct found_class *class)
{
	return class->type[0] && (class->card.gpu || class->card.memory);
}

void found_class_card_name(const struct found_class *class, char name[2 * DSFIT_NAME_MAX])
{
	const struct dsfit_card *card = &class->card;

	if (card->gpu)
		snprintf(name, 2 * DSFIT_NAME_MAX, "%s", card->gpu->name);
	else if (card->slice || !card->memory)
		snprintf(name, 2 * DSFIT_NAME_MAX, "%s", class->type);
	else
		snprintf(name, 2 * DSFIT_NAME_MAX, "%.50s_%llug", class->type,
			 (unsigned long long)(card->memory / 1000000000));
}

void discovery_make(const struct dsfit_site *site, const struct cluster *cluster,
		    struct discovery *out)
{
	*out = (struct discovery){ .site = site, .cluster = cluster };
	gather(out);
	name_classes(out);
}

void discovery_free(struct discovery *discovery)
{
	for (size_t i = 0; i < discovery->count; i++)
		forget_class(&discovery->classes[i]);
	free(discovery->classes);
}
