/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Write the discovered node classes and partitions as a dsfit.conf that an administrator completes.
 *
 * Settings that Slurm knows are written as they are. Settings that Slurm does not know (network,
 * price) and sections that cannot be used yet (a GPU that the catalogue does not have) are written
 * too, but behind a #. So the file is valid from the start, and what is missing has its place:
 *
 *   include("/etc/dsfit/gpus.conf")       the catalogues beside the configuration that was read
 *   default-mem-per-cpu = 4096MiB
 *   # These GPUs have no type ...         an explanation
 *   nodes "a100" { count = 4 ... }        one section for each class of node_classes.c
 *   partition "gpu" { default = true }
 *   qos "small" { max-gpus = 4 }
 *   association "physics" { users = {anna, ben} max-gpus = 16 }
 *
 * The syntax is libconfuse's. Names come from the cluster: they are quoted or made harmless.
 */
#include "cli/discover_conf.h"

#include <ctype.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/common.h"
#include "core/base/array.h"
#include "core/site/accounting.h"

/* Write a string in quotes, as libconfuse reads it. */
static void put_quoted(FILE *out, const char *text)
{
	fputc('"', out);
	for (const char *c = text; *c; c++) {
		/* libconfuse expands $NAME. */
		if (strchr("\"\\$", *c))
			fputc('\\', out);
		fputc(isprint((unsigned char)*c) ? *c : '?', out);
	}
	fputc('"', out);
}

/* Write a string, in quotes if it needs them. */
static void put_string(FILE *out, const char *text)
{
	bool plain = isalpha((unsigned char)*text);

	for (const char *c = text; *c; c++)
		plain &= isalnum((unsigned char)*c) || strchr("_.-", *c);
	if (plain)
		fprintf(out, "%s", text);
	else
		put_quoted(out, text);
}

static void put_names(FILE *out, const char *key, const char *off,
		      const struct dsfit_names *words)
{
	fprintf(out, "%s\t%s = {", off, key);
	for (size_t i = 0; i < words->count; i++) {
		fprintf(out, "%s", i ? ", " : "");
		put_string(out, words->name[i]);
	}
	fprintf(out, "}\n");
}

static void put_list(FILE *out, const char *key, const char *off, const char *list)
{
	struct dsfit_names words = { NULL, 0 };

	found_split(list, &words);
	put_names(out, key, off, &words);
	dsfit_names_free(&words);
}

/* Write a name from the cluster into a comment. It must not end the line. */
static void put_comment(FILE *out, const char *text)
{
	for (; *text; text++)
		fputc(isprint((unsigned char)*text) ? *text : '?', out);
}

/* Write comments that explain how the class's GPU was recognised, or why it was not. */
static void explain(FILE *out, const struct found_class *class)
{
	const struct dsfit_card *card = &class->card;

	if (class->types > 1)
		fprintf(out, "# These nodes have %zu types of GPUs: there is one section for each "
			"type.\n", class->types);
	if (!class->type[0]) {
		fprintf(out, "# These GPUs have no type in gres.conf, so no job can request them "
			"by name.\n");
	} else if (!found_class_is_known(class)) {
		fprintf(out, "# ");
		put_comment(out, class->type);
		fprintf(out, ": the catalogue has no GPU of that name. Describe it here, or add "
			"the name to a GPU's\n# aliases; then remove the #.\n");
	} else if (card->other) {
		fprintf(out, "# ");
		put_comment(out, class->type);
		fprintf(out, " can be %s or %s; dsfit assumes the first.\n"
			"# If it is the second: gpu = %s\n", card->gpu->label,
			card->other->label, card->other->name);
	} else if (card->feature) {
		fprintf(out, "# The GPU or its memory is known from the feature ");
		put_comment(out, card->feature);
		fputc('\n', out);
	}
}

static bool is_described(const struct discovery *d, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (!d->classes[i].card.gpu &&
		    !strcmp(d->classes[i].type, d->classes[index].type) &&
		    d->classes[i].card.memory == d->classes[index].card.memory)
			return true;
	return false;
}

/* Write a gpu section if the catalogue does not have the class's GPU. */
static void put_card(FILE *out, const struct discovery *d, size_t index)
{
	const struct found_class *class = &d->classes[index];
	const char *off = found_class_is_known(class) ? "" : "#";
	char name[2 * DSFIT_NAME_MAX];

	if (class->card.gpu || !class->type[0] || is_described(d, index))
		return;
	found_class_card_name(class, name);
	fprintf(out, "%sgpu ", off);
	put_quoted(out, name);
	fprintf(out, " {\n");
	if (class->card.memory)
		fprintf(out, "%s\tmemory = %lluGB\n", off,
		       (unsigned long long)(class->card.memory / 1000000000));
	else
		fprintf(out, "%s\tmemory =\n", off);
	fprintf(out, "#\ttflops =\n%s}\n", off);
}

/* Write a size, or an empty setting behind a # if Slurm has none. */
static void put_mebibytes(FILE *out, const char *key, const char *off, uint64_t mebibytes)
{
	if (mebibytes)
		fprintf(out, "%s\t%s = %lluMiB\n", off, key, (unsigned long long)mebibytes);
	else
		fprintf(out, "#\t%s =\n", key);
}

static void put_class(FILE *out, const struct discovery *d, size_t index)
{
	const struct found_class *class = &d->classes[index];
	const char *off = found_class_is_known(class) ? "" : "#";
	struct dsfit_names hosts = found_class_hosts(class);
	char name[2 * DSFIT_NAME_MAX];

	fputc('\n', out);
	explain(out, class);
	put_card(out, d, index);
	found_class_card_name(class, name);
	fprintf(out, "%snodes ", off);
	put_quoted(out, class->name);
	fprintf(out, " {\n%s\tcount = %llu\n", off, (unsigned long long)class->count);
	if (hosts.count)
		put_names(out, "names", off, &hosts);
	dsfit_names_free(&hosts);
	fprintf(out, "%s\tgpu = ", off);
	put_string(out, name);
	if (strcmp(name, class->type)) {
		fprintf(out, "\n%s\tgres-type = ", off);
		put_string(out, class->type);
	}
	fprintf(out, "\n%s\tgpus = %llu\n", off, (unsigned long long)class->gpus);
	fprintf(out, "%s\tcpus = %llu\n", off, (unsigned long long)class->cpus);
	put_mebibytes(out, "memory", off, class->memory);
	put_mebibytes(out, "scratch", off, class->scratch);
	fprintf(out, "#\tnetwork = 100Gbps\n");
	if (class->features[0])
		put_list(out, "features", off, class->features);
	if (!class->everywhere)
		put_list(out, "partitions", off, class->partitions);
	fprintf(out, "#\tprice = 0.00\n%s}\n", off);
}

/* Return whether the partition sets another default memory than the cluster. */
static bool has_own_memory(const struct cluster *cluster, const struct cluster_partition *partition)
{
	const struct cluster_memory *own = &partition->memory, *all = &cluster->memory;

	return (own->per_node && own->per_node != all->per_node) ||
	       (own->per_cpu && own->per_cpu != all->per_cpu) ||
	       (own->per_gpu && own->per_gpu != all->per_gpu);
}

static void put_default_memory(FILE *out, const char *indent, const struct cluster_memory *memory)
{
	const struct {
		const char *key;
		uint64_t mebibytes;
	} rows[] = {
		{ "default-mem-per-node", memory->per_node },
		{ "default-mem-per-gpu", memory->per_gpu },
		{ "default-mem-per-cpu", memory->per_cpu },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++)
		if (rows[i].mebibytes)
			fprintf(out, "%s%s = %lluMiB\n", indent, rows[i].key,
			       (unsigned long long)rows[i].mebibytes);
}

static void put_type_limits(FILE *out, const char *key, const struct dsfit_limits *limits)
{
	char entry[DSFIT_NAME_MAX + 32];

	if (!limits->type_count)
		return;
	fprintf(out, "\t%s = {", key);
	for (size_t i = 0; i < limits->type_count; i++) {
		fprintf(out, "%s", i ? ", " : "");
		snprintf(entry, sizeof(entry), "%s=%llu", limits->of_type[i].type,
			 (unsigned long long)limits->of_type[i].gpus);
		put_quoted(out, entry);
	}
	fprintf(out, "}\n");
}

static void put_limit(FILE *out, const char *key, uint64_t limit)
{
	if (limit != UINT64_MAX)
		fprintf(out, "\t%s = %llu\n", key, (unsigned long long)limit);
}

/* Write the limits of the first so many kinds. */
static void put_limits(FILE *out, const struct dsfit_limits *limits, int kinds)
{
	for (int kind = 0; kind < kinds; kind++) {
		const struct dsfit_limit_keys *keys = &dsfit_limit_keys[kind];

		put_limit(out, keys->gpus, limits[kind].gpus);
		put_limit(out, keys->nodes, limits[kind].nodes);
		put_type_limits(out, keys->gpus_of, &limits[kind]);
	}
}

static void put_name(FILE *out, const char *key, const char *name)
{
	if (!name[0])
		return;
	fprintf(out, "\t%s = ", key);
	put_string(out, name);
	fputc('\n', out);
}

static void put_qos(FILE *out, const struct cluster_qos *qos)
{
	fprintf(out, "\nqos ");
	put_quoted(out, qos->name);
	fprintf(out, " {\n");
	if (qos->is_default)
		fprintf(out, "\tdefault = true\n");
	if (qos->over_part_qos)
		fprintf(out, "\tover-part-qos = true\n");
	if (qos->partition_max_nodes)
		fprintf(out, "\tpartition-max-nodes = true\n");
	if (qos->limit_factor > 0)
		fprintf(out, "\tlimit-factor = %g\n", qos->limit_factor);
	put_limits(out, qos->limits, DSFIT_LIMIT_KINDS);
	fprintf(out, "}\n");
}

static void put_association(FILE *out, const struct cluster_association *one)
{
	char title[256];

	snprintf(title, sizeof(title), "%s%s%s", one->account, one->user[0] ? ":" : "", one->user);
	fprintf(out, "\nassociation ");
	put_quoted(out, title);
	fprintf(out, " {\n");
	if (one->users.count)
		put_names(out, "users", "", &one->users);
	put_name(out, "qos", one->qos);
	put_limits(out, one->limits, DSFIT_ASSOCIATION_KINDS);
	fprintf(out, "}\n");
}

static void put_partition(FILE *out, const struct cluster *cluster,
			  const struct cluster_partition *partition)
{
	fprintf(out, "\npartition ");
	put_quoted(out, partition->name);
	fprintf(out, " {\n");
	if (partition->is_default)
		fprintf(out, "\tdefault = true\n");
	if (partition->preemptible)
		fprintf(out, "\tpreemptible = true\n");
	if (partition->by_qos)
		fprintf(out, "\t# Jobs are preempted by QOS. Is this partition preemptible?\n"
			"#\tpreemptible = true\n");
	if (partition->only_named)
		fprintf(out, "\tonly-named = true\n");
	if (has_own_memory(cluster, partition))
		put_default_memory(out, "\t", &partition->memory);
	put_limit(out, "max-nodes", partition->max_nodes);
	put_name(out, "qos", partition->qos);
	fprintf(out, "}\n");
}

/*
 * Include the catalogues that are in the same folder as the configuration that was read. The paths
 * are absolute, so that the new file works in any folder.
 */
static void put_includes(FILE *out, const char *conf)
{
	/* models.conf names the other catalogues. */
	static const char *const names[] = { "gpus.conf", "models.conf" };
	char *path = strdup(conf), file[PATH_MAX], whole[PATH_MAX];
	const char *folder;

	cli_need(!path);
	folder = dirname(path);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(names); i++) {
		snprintf(file, sizeof(file), "%s/%s", folder, names[i]);
		if (access(file, R_OK) || !realpath(file, whole))
			continue;
		fprintf(out, "include(\"");
		for (const char *c = whole; *c; c++)
			fprintf(out, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
		fprintf(out, "\")\n");
	}
	free(path);
}

void discover_conf(FILE *out, const struct discovery *d, const char *conf)
{
	fprintf(out, "# The cluster ");
	put_comment(out, d->cluster->name);
	fprintf(out, ", Slurm ");
	put_comment(out, d->cluster->version);
	fprintf(out, ", as dsfit discover found it. Slurm does not know network\n"
		"# speed and prices: add them where they matter. \"dsfit check\" checks the "
		"result.\n\n");
	put_includes(out, conf);
	put_default_memory(out, "", &d->cluster->memory);
	if (d->parts)
		fprintf(out, "\n# %zu nodes have shards or mps, which are parts of a GPU. dsfit "
			"does not size them.\n", d->parts);
	if (!d->count)
		fprintf(out, "\n# None of %zu nodes has a GPU.\n", d->others);
	for (size_t i = 0; i < d->count; i++)
		put_class(out, d, i);
	for (size_t i = 0; i < d->cluster->partition_count; i++)
		put_partition(out, d->cluster, &d->cluster->partitions[i]);
	for (size_t i = 0; i < d->cluster->accounting.qos_count; i++)
		put_qos(out, &d->cluster->accounting.qos[i]);
	for (size_t i = 0; i < d->cluster->accounting.association_count; i++)
		put_association(out, &d->cluster->accounting.associations[i]);
}
