/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dsfit discover: the live cluster's nodes as the classes of a dsfit.conf. Nodes that are alike are
 * one class. What Slurm does not know (network, price) and what its words leave open is written as
 * comments for the administrator to fill in, so that what is written is always sound.
 */
#include "cli/commands.h"
#include "cli/common.h"
#include "cli/cluster.h"

#include <ctype.h>
#include <errno.h>
#include <error.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <json-c/json.h>

#include "core/base/size.h"
#include "core/site/card.h"

/* Nodes with as many GPUs of one type that are alike in all else. */
struct alike {
	char name[DSFIT_NAME_MAX];
	char *type;			/* of the gres; "" for one without */
	char *features, *partitions;	/* comma lists */
	uint64_t gpus, cpus, memory, scratch, count;
	size_t types;			/* that its nodes have */
	bool everywhere;		/* in all partitions */
	struct dsfit_card card;
	struct dsfit_names words;	/* the features, one by one */
};

struct discovery {
	const struct dsfit_site *site;	/* the catalogue */
	struct cluster cluster;
	struct alike *classes;
	size_t count;
	size_t parts;			/* nodes with shards or mps, which are parts of a GPU */
	size_t others;			/* nodes without a GPU */
};

static char *copy(const char *text)
{
	char *new = strdup(text);

	cli_need(!new);
	return new;
}

/* --- a node's words ------------------------------------------------------------------------ */

struct gres {
	char type[DSFIT_NAME_MAX];
	uint64_t count;
};

#define TYPES 8		/* of GPUs on a node */

/* "gpu:a100:4(S:0-1)", of `length` characters: false for what is no GPU. */
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

/* The types of GPUs in a node's gres, alike ones added up; *parts where it has parts of one. */
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

/* The partitions that the node is in, and whether those are all. */
static char *partitions_of(const struct cluster *cluster, size_t node, bool *everywhere)
{
	char *list = NULL;
	size_t size = 0, in = 0;
	FILE *out = open_memstream(&list, &size);

	cli_need(!out);
	for (size_t i = 0; i < cluster->partition_count; i++) {
		const int32_t *range = cluster->partitions[i].nodes;

		while (range && range[0] >= 0 &&
		       ((size_t)range[0] > node || node > (size_t)range[1]))
			range += 2;
		if (range && range[0] >= 0)
			fprintf(out, "%s%s", in++ ? "," : "", cluster->partitions[i].name);
	}
	cli_need(fclose(out));
	*everywhere = in == cluster->partition_count;
	return list;
}

/* --- classes ------------------------------------------------------------------------------- */

static bool are_alike(const struct alike *a, const struct alike *b)
{
	return !strcmp(a->type, b->type) && !strcmp(a->features, b->features) &&
	       !strcmp(a->partitions, b->partitions) && a->gpus == b->gpus &&
	       a->cpus == b->cpus && a->memory == b->memory && a->scratch == b->scratch &&
	       a->types == b->types;
}

/* Keep of a name what another begins with too. */
static void keep_common(char *name, const char *other)
{
	size_t length = 0;

	while (name[length] && name[length] == other[length])
		length++;
	name[length] = '\0';
}

static void split(const char *list, struct dsfit_names *out)
{
	char *words = copy(list), *rest = words, *word;

	while ((word = strsep(&rest, ",")))
		if (*word)
			cli_need(dsfit_names_add(out, word));
	free(words);
}

static void add_node(struct discovery *d, const struct cluster_node *node,
		     const struct gres *gres, struct alike *one)
{
	size_t i = 0;

	one->type = copy(gres->type);
	one->gpus = gres->count;
	while (i < d->count && !are_alike(&d->classes[i], one))
		i++;
	if (i < d->count) {
		keep_common(d->classes[i].name, node->name);
		d->classes[i].count++;
		return;
	}
	d->classes = reallocarray(d->classes, d->count + 1, sizeof(*d->classes));
	cli_need(!d->classes);
	one->count = 1;
	snprintf(one->name, sizeof(one->name), "%s", node->name);
	split(one->features, &one->words);
	dsfit_card_find(d->site, one->type, &one->words, &one->card);
	d->classes[d->count++] = *one;
}

static void gather(struct discovery *d)
{
	for (size_t i = 0; i < d->cluster.node_count; i++) {
		const struct cluster_node *node = &d->cluster.nodes[i];
		struct gres found[TYPES];
		bool parts = false;
		size_t types;

		if (node->future)
			continue;
		types = read_all_gres(node->gres, found, &parts);
		d->parts += parts;
		d->others += !types;
		for (size_t j = 0; j < types; j++) {
			struct alike one = { .cpus = node->cpus, .memory = node->memory,
					     .scratch = node->scratch, .types = types };

			one.features = copy(node->features);
			one.partitions = partitions_of(&d->cluster, i, &one.everywhere);
			add_node(d, node, &found[j], &one);
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

/* A class is called what its nodes' names begin with: ws of ws-0 to ws-3. */
static void name_classes(struct discovery *d)
{
	for (size_t i = 0; i < d->count; i++) {
		struct alike *class = &d->classes[i];
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

/* Whether a job's request can be held against the class: its card is known, and a job can ask
 * for it. */
static bool is_known(const struct alike *class)
{
	return class->type[0] && (class->card.gpu || class->card.memory);
}

/* --- as configuration ---------------------------------------------------------------------- */

/* A string in quotes, as libconfuse reads it. */
static void put_quoted(const char *text)
{
	putchar('"');
	for (const char *c = text; *c; c++) {
		/* $ begins a variable. */
		if (strchr("\"\\$", *c))
			putchar('\\');
		putchar(isprint((unsigned char)*c) ? *c : '?');
	}
	putchar('"');
}

/* A string, in quotes where it has to be. */
static void put_string(const char *text)
{
	bool plain = isalpha((unsigned char)*text);

	for (const char *c = text; *c; c++)
		plain &= isalnum((unsigned char)*c) || strchr("_.-", *c);
	if (plain)
		printf("%s", text);
	else
		put_quoted(text);
}

static void put_list(const char *key, const char *off, const char *list)
{
	struct dsfit_names words = { NULL, 0 };

	split(list, &words);
	printf("%s\t%s = {", off, key);
	for (size_t i = 0; i < words.count; i++) {
		printf("%s", i ? ", " : "");
		put_string(words.name[i]);
	}
	printf("}\n");
	dsfit_names_free(&words);
}

/* Text that is not ours, in a comment: its end is the line's. */
static void put_comment(const char *text)
{
	for (; *text; text++)
		putchar(isprint((unsigned char)*text) ? *text : '?');
}

/* What is to be known about the class's card, in comments. */
static void explain(const struct alike *class)
{
	const struct dsfit_card *card = &class->card;

	if (class->types > 1)
		printf("# These nodes have %zu types of GPUs: a class for each.\n", class->types);
	if (!class->type[0]) {
		printf("# Its GPUs have no type in gres.conf: no job can ask for them by name.\n");
	} else if (!is_known(class)) {
		printf("# ");
		put_comment(class->type);
		printf(": no card of the catalogue is called that. Describe it, or name it among a "
		       "card's\n# aliases; then take the # away.\n");
	} else if (card->other) {
		printf("# ");
		put_comment(class->type);
		printf(" alone may mean %s or %s: the catalogue takes it for the former.\n"
		       "# Where it is the other: gpu = %s\n", card->gpu->label, card->other->label,
		       card->other->name);
	} else if (card->feature) {
		printf("# Which card it is, or its memory, is the feature's word: ");
		put_comment(card->feature);
		putchar('\n');
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

/* The name of a card that the catalogue has not: its type's, and its memory's, where a feature
 * told that. */
static void write_card_name(const struct alike *class, char name[2 * DSFIT_NAME_MAX])
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

/* A section for a card that the catalogue has not. */
static void put_card(const struct discovery *d, size_t index)
{
	const struct alike *class = &d->classes[index];
	const char *off = is_known(class) ? "" : "#";
	char name[2 * DSFIT_NAME_MAX];

	if (class->card.gpu || !class->type[0] || is_described(d, index))
		return;
	write_card_name(class, name);
	printf("%sgpu ", off);
	put_quoted(name);
	printf(" {\n");
	if (class->card.memory)
		printf("%s\tmemory = %lluGB\n", off,
		       (unsigned long long)(class->card.memory / 1000000000));
	else
		printf("%s\tmemory =\n", off);
	printf("#\ttflops =\n%s}\n", off);
}

/* What is not configured is left to the administrator. */
static void put_mebibytes(const char *key, const char *off, uint64_t mebibytes)
{
	if (mebibytes)
		printf("%s\t%s = %lluMiB\n", off, key, (unsigned long long)mebibytes);
	else
		printf("#\t%s =\n", key);
}

static void put_class(const struct discovery *d, size_t index)
{
	const struct alike *class = &d->classes[index];
	const char *off = is_known(class) ? "" : "#";
	char name[2 * DSFIT_NAME_MAX];

	putchar('\n');
	explain(class);
	put_card(d, index);
	write_card_name(class, name);
	printf("%snodes ", off);
	put_quoted(class->name);
	printf(" {\n%s\tcount = %llu\n%s\tgpu = ", off, (unsigned long long)class->count, off);
	put_string(name);
	if (strcmp(name, class->type)) {
		printf("\n%s\tgres-type = ", off);
		put_string(class->type);
	}
	printf("\n%s\tgpus = %llu\n", off, (unsigned long long)class->gpus);
	printf("%s\tcpus = %llu\n", off, (unsigned long long)class->cpus);
	put_mebibytes("memory", off, class->memory);
	put_mebibytes("scratch", off, class->scratch);
	printf("#\tnetwork = 100Gbps\n");
	if (class->features[0])
		put_list("features", off, class->features);
	if (!class->everywhere)
		put_list("partitions", off, class->partitions);
	printf("#\tprice = 0.00\n%s}\n", off);
}

static void put_partition(const struct discovery *d, const struct cluster_partition *partition)
{
	printf("\npartition ");
	put_quoted(partition->name);
	printf(" {\n");
	if (partition->is_default)
		printf("\tdefault = true\n");
	if (partition->preemptible)
		printf("\tpreemptible = true\n");
	if (partition->by_qos)
		printf("\t# Jobs are preempted by their QOS: is it preemptible?\n"
		       "#\tpreemptible = true\n");
	if ((partition->memory_per_node &&
	     partition->memory_per_node != d->cluster.memory_per_node) ||
	    (partition->memory_per_cpu && partition->memory_per_cpu != d->cluster.memory_per_cpu) ||
	    (partition->memory_per_gpu && partition->memory_per_gpu != d->cluster.memory_per_gpu))
		printf("\t# Its default memory is another than the cluster's, which is what a job "
		       "is held against.\n");
	printf("}\n");
}

/*
 * The catalogues that lie beside the configuration that was read. Whole paths: what is written may
 * be put, and checked, anywhere.
 */
static void put_includes(const char *conf)
{
	static const char *const names[] = { "gpus.conf", "models.conf", "families.conf" };
	char *path = copy(conf), file[PATH_MAX], whole[PATH_MAX];
	const char *folder = dirname(path);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(file, sizeof(file), "%s/%s", folder, names[i]);
		if (access(file, R_OK) || !realpath(file, whole))
			continue;
		printf("include(\"");
		for (const char *c = whole; *c; c++)
			printf(*c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
		printf("\")\n");
	}
	free(path);
}

static void put_default_memory(const struct cluster *cluster)
{
	const struct {
		const char *key;
		uint64_t mebibytes;
	} rows[] = {
		{ "default-mem-per-node", cluster->memory_per_node },
		{ "default-mem-per-gpu", cluster->memory_per_gpu },
		{ "default-mem-per-cpu", cluster->memory_per_cpu },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].mebibytes)
			printf("%s = %lluMiB\n", rows[i].key,
			       (unsigned long long)rows[i].mebibytes);
}

static void put_configuration(const struct discovery *d, const char *conf)
{
	printf("# The cluster ");
	put_comment(d->cluster.name);
	printf(", Slurm ");
	put_comment(d->cluster.version);
	printf(", as dsfit discover found it. Slurm knows neither network\n"
	       "# nor price: fill them in where they are of interest. \"dsfit check\" says whether "
	       "it is sound.\n\n");
	put_includes(conf);
	put_default_memory(&d->cluster);
	if (d->parts)
		printf("\n# %zu nodes have shards or mps, which are parts of a GPU: not sized.\n",
		       d->parts);
	if (!d->count)
		printf("\n# None of %zu nodes has a GPU.\n", d->others);
	for (size_t i = 0; i < d->count; i++)
		put_class(d, i);
	for (size_t i = 0; i < d->cluster.partition_count; i++)
		put_partition(d, &d->cluster.partitions[i]);
}

/* --- as JSON ------------------------------------------------------------------------------- */

static void add_text(struct json_object *o, const char *key, const char *text)
{
	json_object_object_add(o, key, json_object_new_string(text));
}

/* MiB as bytes, and what is not known as null. */
static void add_number(struct json_object *o, const char *key, uint64_t number)
{
	json_object_object_add(o, key, number ? json_object_new_int64((int64_t)number) : NULL);
}

static void add_list(struct json_object *o, const char *key, const char *list)
{
	struct json_object *array = json_object_new_array();
	struct dsfit_names words = { NULL, 0 };

	split(list, &words);
	for (size_t i = 0; i < words.count; i++)
		json_object_array_add(array, json_object_new_string(words.name[i]));
	json_object_object_add(o, key, array);
	dsfit_names_free(&words);
}

static struct json_object *json_class(const struct alike *class)
{
	struct json_object *o = json_object_new_object();
	char name[2 * DSFIT_NAME_MAX];

	write_card_name(class, name);
	add_text(o, "name", class->name);
	add_number(o, "count", class->count);
	json_object_object_add(o, "gpu", is_known(class) ? json_object_new_string(name) : NULL);
	add_text(o, "gres_type", class->type);
	add_number(o, "gpus", class->gpus);
	add_number(o, "cpus", class->cpus);
	add_number(o, "memory", class->memory * DSFIT_MIB);
	add_number(o, "scratch", class->scratch * DSFIT_MIB);
	add_list(o, "features", class->features);
	add_list(o, "partitions", class->partitions);
	return o;
}

static void put_json(const struct discovery *d)
{
	struct json_object *o = json_object_new_object(), *nodes = json_object_new_array();
	struct json_object *partitions = json_object_new_array();

	for (size_t i = 0; i < d->count; i++)
		json_object_array_add(nodes, json_class(&d->classes[i]));
	for (size_t i = 0; i < d->cluster.partition_count; i++) {
		const struct cluster_partition *partition = &d->cluster.partitions[i];
		struct json_object *one = json_object_new_object();

		add_text(one, "name", partition->name);
		json_object_object_add(one, "default",
				       json_object_new_boolean(partition->is_default));
		json_object_object_add(one, "preemptible",
				       json_object_new_boolean(partition->preemptible));
		json_object_array_add(partitions, one);
	}
	add_text(o, "cluster", d->cluster.name);
	json_object_object_add(o, "nodes", nodes);
	json_object_object_add(o, "partitions", partitions);
	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
						       JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(o);
}

/* --- the whole ----------------------------------------------------------------------------- */

static int discover(const struct cli_common *common)
{
	struct discovery d = { .site = cli_load(common) };
	struct dsfit_error err;
	char path[PATH_MAX];

	if (cluster_load(&d.cluster, &err))
		error(CLI_USAGE, 0, "Slurm could not be asked: %s", err.text);
	gather(&d);
	name_classes(&d);
	if (common->json)
		put_json(&d);
	else
		put_configuration(&d, cli_conf(common, path));
	return 0;
}

/* Slurm's library waits a minute for the file to be there. */
static void check_slurm_conf(void)
{
	const char *path = getenv("SLURM_CONF");

	if (path && *path && access(path, R_OK))
		error(CLI_USAGE, errno, "Slurm could not be asked: SLURM_CONF=%s", path);
}

int cli_discover(int argc, char **argv)
{
	const struct argp_child children[] = { { &cli_common_argp, 0, NULL, 0 }, { 0 } };
	const struct argp argp = {
		.children = children,
		.doc = "The live cluster's node classes and partitions as a dsfit.conf, to begin "
		       "with. GPUs are looked up in the configuration's catalogue. Exit status 0; "
		       "2 where the cluster cannot be asked.",
	};
	struct cli_common common = { 0 };
	int status = 0;
	pid_t child;

	cli_parse(&argp, argc, argv, &common);
	check_slurm_conf();
	/* Slurm's library ends a process that it cannot serve, with a status of its own. */
	child = fork();
	if (!child)
		exit(discover(&common));
	if (child < 0 || waitpid(child, &status, 0) != child)
		error(CLI_USAGE, errno, "Slurm could not be asked");
	if (!WIFEXITED(status) ||
	    (WEXITSTATUS(status) && WEXITSTATUS(status) != CLI_USAGE))
		error(CLI_USAGE, 0, "Slurm could not be asked: the lines above are its library's");
	return WEXITSTATUS(status);
}
