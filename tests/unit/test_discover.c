/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "dsfit discover" writes a configuration for a cluster. Here slurmctld is played. The file for the
 * demo cluster must read back as the demo's own dsfit.conf.
 */
#include "tests/unit/cli.h"
#include "tests/unit/slurmctld.h"

#include <json-c/json.h>
#include <signal.h>

#include "cli/discover_conf.h"
#include "cli/discover_json.h"
#include "cli/node_classes.h"
#include "core/base/hosts.h"
#include "core/base/size.h"

/* The command asks the slurmctld that is played, or the real library, as a test says. */
static int ask_cluster(struct cluster *out, struct dsfit_error *err);

#define cluster_load ask_cluster
#include "cli/discover.c"
#undef cluster_load

#define DEMO TEST_CONF "/dsfit.conf"

static enum { ASK_LIBRARY, ASK_PLAYED, ASK_ENDS, ASK_DIES } asked = ASK_LIBRARY;

static int ask_cluster(struct cluster *out, struct dsfit_error *err)
{
	switch (asked) {
	case ASK_PLAYED:
		return cluster_read(&played_slurm, out, err);
	case ASK_ENDS:
		/* As libslurm does where it finds no configuration. */
		exit(1);
	case ASK_DIES:
		raise(SIGKILL);
		return -1;
	default:
		return cluster_load(out, err);
	}
}

/* --- a cluster, found ----------------------------------------------------------------------- */

static struct dsfit_site *site;
static struct cluster cluster;
static struct discovery found;

static void find(void)
{
	struct dsfit_error err = { "" };

	ck_assert_msg(!cluster_read(&played_slurm, &cluster, &err), "%s", err.text);
	site = unit_site();
	discovery_make(site, &cluster, &found);
}

static void lose(void)
{
	discovery_free(&found);
	cluster_free(&cluster);
	dsfit_site_free(site);
}

/* The configuration that is written. The caller frees it. */
static char *configuration(void)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(out);
	discover_conf(out, &found, DEMO);
	ck_assert_int_eq(fclose(out), 0);
	return text;
}

static struct json_object *json(void)
{
	struct json_object *object;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(out);
	discover_json(out, &found);
	ck_assert_int_eq(fclose(out), 0);
	object = json_tokener_parse(text);
	ck_assert_msg(object != NULL, "%s", text);
	free(text);
	return object;
}

/* The site that dsfit reads from it. */
static struct dsfit_site *read_back(const char *text)
{
	struct dsfit_error err = { "" };
	struct dsfit_site *back = dsfit_site_load(unit_write("dsfit.conf", text), &err);

	ck_assert_msg(back != NULL, "%s: %s", err.text, text);
	return back;
}

static const struct dsfit_node_class *class_of(const struct dsfit_site *of, const char *name)
{
	for (size_t i = 0; i < of->class_count; i++)
		if (!strcmp(of->classes[i].name, name))
			return &of->classes[i];
	return NULL;
}

static void same_names(const struct dsfit_names *a, const struct dsfit_names *b)
{
	ck_assert_uint_eq(a->count, b->count);
	for (size_t i = 0; i < a->count; i++)
		ck_assert_str_eq(a->name[i], b->name[i]);
}

static const char *const demos[] = { "demo-22.05", "demo-24.11", "demo-26.05" };

START_TEST(test_demo)
{
	struct dsfit_site *back;
	char *text;

	play(demos[_i]);
	find();
	text = configuration();
	back = read_back(text);
	ck_assert_uint_eq(back->class_count, site->class_count);
	for (size_t i = 0; i < site->class_count; i++) {
		const struct dsfit_node_class *own = &site->classes[i];
		const struct dsfit_node_class *read = class_of(back, own->name);

		ck_assert_msg(read != NULL, "no %s: %s", own->name, text);
		ck_assert_str_eq(read->gpu->name, own->gpu->name);
		ck_assert_str_eq(read->gres_type, own->gres_type);
		ck_assert_uint_eq(read->count, own->count);
		same_names(&read->hosts, &own->hosts);
		ck_assert_uint_eq(read->gpus, own->gpus);
		ck_assert_uint_eq(read->cpus, own->cpus);
		ck_assert_uint_eq(read->memory, own->memory);
		ck_assert_uint_eq(read->scratch, own->scratch);
		same_names(&read->features, &own->features);
		same_names(&read->partitions, &own->partitions);
	}
	ck_assert_uint_eq(back->partition_count, site->partition_count);
	for (size_t i = 0; i < site->partition_count; i++) {
		const struct dsfit_partition *own = &site->partitions[i];
		const struct dsfit_partition *read = dsfit_site_partition(back, own->name);

		ck_assert_ptr_nonnull(read);
		ck_assert_int_eq(read->is_default, own->is_default);
		ck_assert_int_eq(read->preemptible, own->preemptible);
	}
	unit_assert_has(text, "# The cluster dsfit, Slurm 2");
	unit_assert_has(text, ", as dsfit discover found it. Slurm does not know network\n# speed");
	/* Values that Slurm does not know are comments, and an ambiguous type is explained. */
	unit_assert_has(text, "\n#\tnetwork = 100Gbps\n");
	unit_assert_has(text, "\n#\tprice = 0.00\n");
	unit_assert_has(text, "# a100 can be A100 40GB or A100 80GB; dsfit assumes the first");
	unit_assert_has(text, "gpu = a100_80g\n");
	dsfit_site_free(back);
	free(text);
	lose();
}
END_TEST

static const char *const odds[] = { "odd-22.05", "odd-24.11", "odd-26.05" };

START_TEST(test_odd)
{
	struct dsfit_site *back;
	char *text;

	play(odds[_i]);
	find();
	text = configuration();
	back = read_back(text);
	/* big, big-2 (no word of the memory), mig, parts, sock, and two, once for each type. */
	ck_assert_uint_eq(back->class_count, 7);
	ck_assert_str_eq(class_of(back, "big")->gpu->name, "a100_80g");
	ck_assert_str_eq(class_of(back, "big")->gres_type, "a100");
	ck_assert_uint_eq(class_of(back, "big")->count, 2);
	ck_assert_uint_eq(class_of(back, "big")->memory, 500000 * DSFIT_MIB);
	ck_assert_str_eq(class_of(back, "big-2")->gpu->name, "a100");
	ck_assert_uint_eq(class_of(back, "big-2")->features.count, 1);
	ck_assert_str_eq(class_of(back, "mig")->gpu->name, "a100_3g.20gb");
	ck_assert_str_eq(class_of(back, "two")->gpu->name, "h100");
	ck_assert_str_eq(class_of(back, "two-2")->gpu->name, "rtx4090");
	ck_assert_uint_eq(class_of(back, "sock")->gpus, 4);
	ck_assert_uint_eq(class_of(back, "sock")->cpus, 28);
	ck_assert_uint_eq(class_of(back, "parts")->gpus, 2);
	ck_assert(dsfit_names_have(&class_of(back, "big")->partitions, "spot"));
	ck_assert(!dsfit_names_have(&class_of(back, "big-2")->partitions, "spot"));
	/* Nodes that cannot be used or are not understood are left to the administrator. */
	ck_assert_ptr_null(class_of(back, "new"));
	ck_assert_ptr_null(class_of(back, "bare"));
	ck_assert_ptr_null(class_of(back, "soon"));
	unit_assert_has(text, "# These nodes have 2 types of GPUs: there is one section for each");
	unit_assert_has(text, "# z9000: the catalogue has no GPU of that name. Describe it here");
	unit_assert_has(text, "#gpu \"z9000\" {\n#\tmemory =\n");
	unit_assert_has(text, "#nodes \"new\" {\n");
	unit_assert_has(text, "# These GPUs have no type in gres.conf, so no job can request them");
	unit_assert_has(text, "#nodes \"bare\" {\n");
	unit_assert_has(text, "# The GPU or its memory is known from the feature GPU_MEM:80GB\n");
	unit_assert_has(text, "\tgpu = a100_3g.20gb\n\tgres-type = \"3g.20gb\"\n");
	unit_assert_has(text, "\n# 1 nodes have shards or mps, which are parts of a GPU");
	unit_assert_has(text, "\ndefault-mem-per-gpu = 30000MiB\n");
	ck_assert_ptr_null(strstr(text, "\ndefault-mem-per-node"));
	dsfit_site_free(back);
	free(text);
	lose();
}
END_TEST

START_TEST(test_json)
{
	struct json_object *all, *nodes, *one;

	play(odds[_i]);
	find();
	all = json();
	ck_assert_str_eq(json_object_get_string(json_object_object_get(all, "cluster")), "dsfit");
	nodes = json_object_object_get(all, "nodes");
	ck_assert_uint_eq(json_object_array_length(nodes), 9);
	for (size_t i = 0; i < json_object_array_length(nodes); i++) {
		const char *name;

		one = json_object_array_get_idx(nodes, i);
		name = json_object_get_string(json_object_object_get(one, "name"));
		/* An unknown card is null, and so is scratch that is not configured. */
		ck_assert_int_eq(!json_object_object_get(one, "gpu"),
				 !strcmp(name, "new") || !strcmp(name, "bare"));
		ck_assert_ptr_null(json_object_object_get(one, "scratch"));
		if (strcmp(name, "big"))
			continue;
		ck_assert_int_eq(json_object_get_int64(json_object_object_get(one, "memory")),
				 (int64_t)(500000 * DSFIT_MIB));
		ck_assert_int_eq(json_object_get_int64(json_object_object_get(one, "gpus")), 4);
		ck_assert_uint_eq(json_object_array_length(
			json_object_object_get(one, "features")), 2);
		ck_assert_str_eq(json_object_get_string(
			json_object_object_get(one, "gres_type")), "a100");
	}
	one = json_object_array_get_idx(json_object_object_get(all, "partitions"), 0);
	ck_assert_str_eq(json_object_get_string(json_object_object_get(one, "name")), "cpu");
	ck_assert(json_object_get_boolean(json_object_object_get(one, "default")));
	ck_assert(!json_object_get_boolean(json_object_object_get(one, "preemptible")));
	ck_assert(!json_object_get_boolean(json_object_object_get(one, "only_named")));
	ck_assert_int_eq(json_object_get_int64(json_object_object_get(all, "default_mem_per_gpu")),
			 (int64_t)(30000 * DSFIT_MIB));
	ck_assert_int_eq(json_object_get_int64(json_object_object_get(one, "default_mem_per_cpu")),
			 (int64_t)(2000 * DSFIT_MIB));
	ck_assert_ptr_null(json_object_object_get(one, "default_mem_per_gpu"));
	ck_assert_ptr_null(json_object_object_get(one, "max_nodes"));
	json_object_put(all);
	lose();
}
END_TEST

START_TEST(test_json_limits)
{
	struct json_object *all, *one;

	play("accounts-24.11");
	played_qos("small")->max_tres_pj_ctld[8] = 0;
	played_qos("small")->flags = QOS_FLAG_OVER_PART_QOS;
	played_qos("small")->limit_factor = 1.5;
	find();
	all = json();
	one = json_object_array_get_idx(json_object_object_get(all, "partitions"), 2);
	ck_assert_int_eq(json_object_get_int(json_object_object_get(one, "max_nodes")), 2);
	ck_assert_str_eq(json_object_get_string(json_object_object_get(one, "qos")), "part");
	one = json_object_array_get_idx(json_object_object_get(all, "qos"), 0);
	ck_assert_str_eq(json_object_get_string(json_object_object_get(one, "name")), "small");
	ck_assert_ptr_nonnull(json_object_object_get(one, "max_gpus"));
	ck_assert_int_eq(json_object_get_int(json_object_object_get(one, "max_gpus")), 0);
	ck_assert(!json_object_get_boolean(json_object_object_get(one, "default")));
	ck_assert(json_object_get_boolean(json_object_object_get(one, "over_part_qos")));
	ck_assert(!json_object_get_boolean(json_object_object_get(one, "partition_max_nodes")));
	ck_assert(json_object_get_double(json_object_object_get(one, "limit_factor")) == 1.5);
	one = json_object_array_get_idx(json_object_object_get(all, "qos"), 1);
	ck_assert_int_eq(json_object_get_int(json_object_object_get(one, "max_nodes_per_user")), 4);
	ck_assert_ptr_null(json_object_object_get(one, "limit_factor"));
	one = json_object_array_get_idx(json_object_object_get(all, "associations"), 0);
	ck_assert_str_eq(json_object_get_string(json_object_object_get(one, "account")), "phys");
	ck_assert_uint_eq(json_object_array_length(json_object_object_get(one, "users")), 1);
	json_object_put(all);
	lose();
}
END_TEST

/* --- a node's gres -------------------------------------------------------------------------- */

/* Forms of a node's gres, and the first class that results; "" if there is none. */
static const struct {
	const char *gres, *type;
	uint64_t gpus;
	size_t classes, parts;
} gres_rows[] = {
	{ "gpu:a100:4", "a100", 4, 1, 0 },
	{ "gpu:a100:4(S:0-1)", "a100", 4, 1, 0 },
	{ "gpu:a100:2(S:0),gpu:a100:2(S:1)", "a100", 4, 1, 0 },
	{ "gpu:a100:2(S:0,1),nic:2", "a100", 2, 1, 0 },
	{ "nic:2,gpu:a100:2", "a100", 2, 1, 0 },
	{ "gpu:2", "", 2, 1, 0 },
	{ "gpu:a100:2,gpu:h100:1", "a100", 2, 2, 0 },
	{ "gpu:nvidia_a100-sxm4-80gb:8", "nvidia_a100-sxm4-80gb", 8, 1, 0 },
	{ "gpu:a100:2,mps:200", "a100", 2, 1, 1 },
	{ "shard:8", NULL, 0, 0, 1 }, { "mps:200", NULL, 0, 0, 1 }, { "mpsx:1", NULL, 0, 0, 0 },
	{ "gpu:a100:0", NULL, 0, 0, 0 },
	{ "gpu:", NULL, 0, 0, 0 },
	{ "gpumem:80", NULL, 0, 0, 0 },
	{ "(null)", NULL, 0, 0, 0 },
	{ "", NULL, 0, 0, 0 },
	/* More types than a node has room for are left out. */
	{ "gpu:a:1,gpu:b:1,gpu:c:1,gpu:d:1,gpu:e:1,gpu:f:1,gpu:g:1,gpu:h:1,gpu:i:1", "a", 1, 8, 0 },
};

START_TEST(test_gres)
{
	char gres[256];

	play("demo-22.05");
	for (size_t i = 1; i < played.nodes.record_count; i++)
		played.node[i].name = NULL;
	snprintf(gres, sizeof(gres), "%s", gres_rows[_i].gres);
	played.node[0].gres = gres;
	find();
	ck_assert_uint_eq(found.count, gres_rows[_i].classes);
	ck_assert_uint_eq(found.parts, gres_rows[_i].parts);
	ck_assert_uint_eq(found.others, !gres_rows[_i].classes);
	if (found.count) {
		ck_assert_str_eq(found.classes[0].type, gres_rows[_i].type);
		ck_assert_uint_eq(found.classes[0].gpus, gres_rows[_i].gpus);
	}
	lose();
}
END_TEST

/* A class gets the name of its nodes or of its card, and no two have the same name. */
START_TEST(test_names)
{
	static char names[][16] = { "17", "18", "rack1-gpu07", "rack1-gpu12", "ws", "ws-1" };
	static char types[][16] = { "gpu:a100:4", "gpu:a100:4", "gpu:h100:8", "gpu:h100:8",
				    "gpu:rtx4090:2", "gpu:rtx4090:1" };

	play("demo-22.05");
	for (size_t i = 0; i < played.nodes.record_count; i++) {
		node_info_t *node = &played.node[i];

		*node = played.node[0];
		node->name = i < DSFIT_ARRAY_SIZE(names) ? names[i] : NULL;
		node->gres = i < DSFIT_ARRAY_SIZE(names) ? types[i] : NULL;
	}
	find();
	ck_assert_uint_eq(found.count, 4);
	ck_assert_str_eq(found.classes[0].name, "a100");
	ck_assert_str_eq(found.classes[1].name, "rack1-gpu");
	ck_assert_str_eq(found.classes[2].name, "ws");
	ck_assert_str_eq(found.classes[3].name, "ws-2");
	lose();
}
END_TEST

/* A node that differs in any property is in another class. */
/* The names of a class's nodes, joined as Slurm reads them. */
START_TEST(test_hosts)
{
	static const struct {
		const char *nodes, *hosts;
	} rows[] = {
		{ "n0", "n0" },
		{ "n0,n1", "n[0-1]" },
		{ "n0,n2,n3", "n[0,2-3]" },
		{ "n8,n9,n10,n11", "n[8-11]" },
		{ "n08,n09,n10", "n[08-10]" },
		{ "n9,n010", "n[9,010]" },
		{ "n98,n99,n100", "n[98-100]" },
		{ "a0,a1,b0,a2", "a[0-1] b0 a2" },
		{ "n,n1", "n n1" },
		{ "1,2", "[1-2]" },
		{ "n1234567890,n1234567891", "n1234567890 n1234567891" },
		{ "n 1,n2", "" },
		{ "n[1,n2", "" },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		struct found_class class = { .count = 0 };
		struct dsfit_names hosts;
		char text[256] = "";

		found_split(rows[i].nodes, &class.nodes);
		class.count = class.nodes.count;
		hosts = found_class_hosts(&class);
		for (size_t j = 0; j < hosts.count; j++)
			sprintf(text + strlen(text), "%s%s", j ? " " : "", hosts.name[j]);
		ck_assert_str_eq(text, rows[i].hosts);
		dsfit_names_free(&hosts);
		dsfit_names_free(&class.nodes);
	}
}
END_TEST

/* More names than one list has room for. */
START_TEST(test_many_hosts)
{
	struct found_class class = { .count = 3000 };
	struct dsfit_names hosts;
	uint64_t all = 0, count;
	char name[32];

	for (int i = 0; i < 3000; i++) {
		snprintf(name, sizeof(name), "node-of-a-rack-%d", 2 * i);
		ck_assert(!dsfit_names_add(&class.nodes, name));
	}
	hosts = found_class_hosts(&class);
	for (size_t i = 0; i < hosts.count; i++) {
		ck_assert(dsfit_hosts_count(hosts.name[i], &count));
		all += count;
	}
	ck_assert_uint_eq(all, 3000);
	dsfit_names_free(&hosts);
	dsfit_names_free(&class.nodes);
}
END_TEST

START_TEST(test_unlike)
{
	static char features[] = "net200,new", gres[] = "gpu:a100:3", type[] = "gpu:a100_80g:4";
	static char two[] = "gpu:a100:4,gpu:h100:4";
	node_info_t *node;

	play("demo-22.05");
	for (size_t i = 0; i < played.nodes.record_count; i++)
		if (strncmp(played.node[i].name, "a100-", 5))
			played.node[i].name = NULL;
	node = played_node("a100-3");
	switch (_i) {
	case 0:
		node->real_memory -= 1000;
		break;
	case 1:
		node->tmp_disk -= 1000;
		break;
	case 2:
		node->cpus_efctv--;
		break;
	case 3:
		node->features = features;
		break;
	case 4:
		node->gres = gres;
		break;
	case 5:
		node->gres = type;
		break;
	case 6:
		/* strict is the last partition. Take the last of its four nodes away. */
		played.node_inx[2][1] = (int32_t)(node - played.node) - 1;
		break;
	case 7:
		node->gres = two;
		break;
	default:
		break;
	}
	find();
	ck_assert_uint_eq(found.count, _i == 8 ? 1 : _i == 7 ? 3 : 2);
	ck_assert_uint_eq(found.classes[0].count, _i == 8 ? 4 : 3);
	lose();
}
END_TEST

/* --- the file that is written ---------------------------------------------------------------- */

START_TEST(test_no_gpus)
{
	struct json_object *all;
	char *text;

	play("demo-22.05");
	for (size_t i = 0; i < played.nodes.record_count; i++)
		played.node[i].gres = NULL;
	find();
	text = configuration();
	unit_assert_has(text, "\n# None of 15 nodes has a GPU.\n");
	dsfit_site_free(read_back(text));
	free(text);
	all = json();
	ck_assert_uint_eq(json_object_array_length(json_object_object_get(all, "nodes")), 0);
	json_object_put(all);
	lose();
}
END_TEST

/* All three kinds of default memory, and a partition with its own. */
START_TEST(test_default_memory)
{
	struct dsfit_site *back;
	char *text;

	play("odd-22.05");
	played.conf.def_mem_per_cpu = 4000;
	find();
	text = configuration();
	unit_assert_has(text, "\ndefault-mem-per-node = 4000MiB\n");
	back = read_back(text);
	ck_assert_uint_eq(dsfit_site_partition(back, "gpu")->default_memory.per_gpu,
			  60000 * DSFIT_MIB);
	ck_assert_uint_eq(dsfit_site_partition(back, "spot")->default_memory.per_node,
			  100000 * DSFIT_MIB);
	dsfit_site_free(back);
	unit_assert_has(text, "partition \"gpu\" {\n\tdefault-mem-per-gpu = 60000MiB\n}\n");
	unit_assert_has(text, "partition \"spot\" {\n\tpreemptible = true\n"
			"\tdefault-mem-per-node = 100000MiB\n}\n");
	unit_assert_has(text, "partition \"low\" {\n}\n");
	free(text);
	lose();

	play("odd-22.05");
	played.conf.def_mem_per_cpu = 2000 | MEM_PER_CPU;
	find();
	text = configuration();
	unit_assert_has(text, "\ndefault-mem-per-cpu = 2000MiB\n");
	/* Nothing is said about a partition that has the cluster's default. */
	unit_assert_has(text, "partition \"cpu\" {\n\tdefault = true\n}\n");
	free(text);
	lose();
}
END_TEST

static const char *const accounts[] = { "accounts-22.05", "accounts-24.11", "accounts-26.05" };

/* The limits of tests/cluster/accounts. */
START_TEST(test_limits)
{
	const struct dsfit_partition *strict;
	struct dsfit_site *back;
	char *text;

	play(accounts[_i]);
	find();
	text = configuration();
	unit_assert_has(text, "partition \"strict\" {\n\tmax-nodes = 2\n\tqos = part\n}\n");
	unit_assert_has(text, "\nqos \"small\" {\n\tmax-gpus = 4\n}\n");
	unit_assert_has(text, "\nqos \"wide\" {\n\tgrp-gpus-of = {\"a100=8\"}\n"
			"\tmax-gpus-per-user = 16\n\tmax-nodes-per-user = 4\n}\n");
	unit_assert_has(text, "\nqos \"each\" {\n\tmax-gpus-per-account = 6\n}\n");
	unit_assert_has(text, "\nassociation \"phys\" {\n\tusers = {mail}\n\tgrp-gpus = 32\n"
			"\tgrp-nodes = 10\n}\n");
	unit_assert_has(text, "\nassociation \"phys:mail\" {\n\tqos = wide\n");
	unit_assert_has(text, "\nassociation \"opt:bin\" {\n\tmax-gpus = 20\n");
	ck_assert_ptr_null(strstr(text, "\"normal\""));
	ck_assert_ptr_null(strstr(text, "\"bio\""));
	back = read_back(text);
	strict = dsfit_site_partition(back, "strict");
	ck_assert_uint_eq(strict->policy.max_nodes, 2);
	ck_assert_uint_eq(strict->policy.max_gpus, UINT64_MAX);
	ck_assert_uint_eq(back->qos_count, 4);
	ck_assert_str_eq(strict->qos, "part");
	ck_assert_uint_eq(back->qos[1].limits[DSFIT_LIMIT_GROUP].type_count, 1);
	ck_assert_uint_eq(back->qos[1].limits[DSFIT_LIMIT_USER].nodes, 4);
	ck_assert_uint_eq(back->association_count, 4);
	ck_assert(dsfit_names_have(&back->associations[2].users, "daemon"));
	dsfit_site_free(back);
	free(text);
	lose();

	/* The default QOS is marked where it has limits. */
	play(accounts[_i]);
	played_qos("normal")->max_tres_pj_ctld[8] = 7;
	played_qos("small")->flags = QOS_FLAG_OVER_PART_QOS | QOS_FLAG_PART_MAX_NODE;
	played_qos("small")->limit_factor = 1.5;
	find();
	text = configuration();
	unit_assert_has(text, "\nqos \"small\" {\n\tover-part-qos = true\n"
			"\tpartition-max-nodes = true\n\tlimit-factor = 1.5\n\tmax-gpus = 4\n}\n");
	back = read_back(text);
	ck_assert(back->qos[1].over_part_qos && back->qos[1].partition_max_nodes);
	ck_assert(back->qos[1].limit_factor == 1.5);
	dsfit_site_free(back);
	unit_assert_has(text, "\nqos \"normal\" {\n\tdefault = true\n\tmax-gpus = 7\n}\n");
	free(text);
	lose();
}
END_TEST

START_TEST(test_by_qos)
{
	static char qos[] = "preempt/qos";
	char *text;

	play("demo-22.05");
	played.conf.preempt_type = qos;
	find();
	text = configuration();
	unit_assert_has(text, "# Jobs are preempted by QOS. Is this partition preemptible?");
	unit_assert_has(text, "#\tpreemptible = true\n");
	dsfit_site_free(read_back(text));
	free(text);
	lose();
}
END_TEST

/* A partition that not everybody may use is for jobs that name it. */
START_TEST(test_only_named)
{
	static char physics[] = "physics";
	struct dsfit_site *back;
	char *text;

	play("demo-22.05");
	played_partition("strict")->allow_groups = physics;
	find();
	text = configuration();
	unit_assert_has(text, "partition \"strict\" {\n\tonly-named = true\n}\n");
	back = read_back(text);
	ck_assert(!dsfit_may_choose(dsfit_site_partition(back, "strict")));
	ck_assert(!dsfit_may_choose(dsfit_site_partition(back, "gpu")));
	ck_assert(dsfit_may_choose(dsfit_site_partition(back, "preempt")));
	dsfit_site_free(back);
	free(text);
	lose();
}
END_TEST

/* Names that contain the syntax of the file still give a valid file. */
START_TEST(test_hostile)
{
	static char name[] = "quote\"back\\dollar$HOME", cluster_name[] = "x\n}\nmode = reject";
	static char features[] = "net\"200,$x,\x01y", bad_type[] = "gpu:no\nsuch:2";
	const struct dsfit_node_class *class;
	struct dsfit_site *back;
	char *text;

	play("demo-22.05");
	played.conf.cluster_name = cluster_name;
	played_partition("strict")->name = name;
	played_node("a100-0")->features = features;
	played_node("ws-0")->gres = bad_type;
	find();
	text = configuration();
	ck_assert_ptr_null(strstr(text, "\nmode"));
	back = read_back(text);
	ck_assert_ptr_nonnull(dsfit_site_partition(back, name));
	class = class_of(back, "a100");
	ck_assert_ptr_nonnull(class);
	ck_assert_uint_eq(class->features.count, 3);
	ck_assert_str_eq(class->features.name[0], "net\"200");
	ck_assert_str_eq(class->features.name[1], "$x");
	ck_assert_str_eq(class->features.name[2], "?y");
	dsfit_site_free(back);
	free(text);
	lose();
}
END_TEST

/* An unknown card is described once, however many classes have it. */
START_TEST(test_unknown_once)
{
	static char type[] = "gpu:z9000:2", mem[] = "GPU_MEM:48GB";
	const char *first;
	struct dsfit_site *back;
	char *text;

	play("demo-22.05");
	played_node("ws-0")->gres = played_node("h100-0")->gres = type;
	find();
	text = configuration();
	first = strstr(text, "#gpu \"z9000\" {");
	ck_assert_ptr_nonnull(first);
	ck_assert_ptr_null(strstr(first + 1, "#gpu \"z9000\" {"));
	free(text);
	lose();

	/* With its memory in a feature the card is known. */
	play("demo-22.05");
	played_node("ws-0")->gres = type;
	played_node("ws-0")->features = mem;
	find();
	text = configuration();
	unit_assert_has(text, "\ngpu \"z9000_48g\" {\n\tmemory = 48GB\n");
	back = read_back(text);
	ck_assert_str_eq(class_of(back, "ws")->gres_type, "z9000");
	ck_assert_uint_eq(class_of(back, "ws")->gpu->memory > 0, 1);
	dsfit_site_free(back);
	free(text);
	lose();
}
END_TEST

/* --- the command ------------------------------------------------------------------------------ */

static const char *conf(const char *name, const char *text)
{
	setenv("SLURM_CONF", unit_write(name, text), 1);
	return getenv("SLURM_CONF");
}

/* Each ends with status 2 and a line. libslurm is the real one here, without a slurmctld. */
START_TEST(test_command)
{
	setenv("DSFIT_CONF", DEMO, 1);
	setenv("SLURM_CONF", unit_path("nosuch.conf"), 1);
	cli_assert(cli_discover, "", CLI_USAGE, "cannot ask Slurm: SLURM_CONF=");
	conf("broken.conf", "SlurmctldHost=\n");
	cli_assert(cli_discover, "", CLI_USAGE,
		   "cannot ask Slurm: see the messages of its library above");
	conf("slurm.conf", "ClusterName=nobody\nSlurmctldHost=localhost(127.0.0.1)\n"
	     "SlurmctldPort=1\nMessageTimeout=2\n");
	cli_assert(cli_discover, "--json", CLI_USAGE, "cannot ask Slurm: slurmctld: ");
	ck_assert_str_eq(cli_ran.out, "");
	cli_assert(cli_discover, "--conf=/nosuch/dsfit.conf", CLI_USAGE, "/nosuch/dsfit.conf");
	cli_assert(cli_discover, "--help", 0, "Usage: ");
}
END_TEST

/* What the functions write is what the command prints. */
START_TEST(test_command_prints)
{
	struct json_object *all;
	char *text;

	setenv("DSFIT_CONF", DEMO, 1);
	unsetenv("SLURM_CONF");
	asked = ASK_PLAYED;
	play("demo-22.05");
	find();
	text = configuration();
	lose();
	ck_assert_int_eq(cli_run(cli_discover, ""), 0);
	ck_assert_str_eq(cli_ran.err, "");
	ck_assert_str_eq(cli_ran.out, text);
	free(text);
	ck_assert_int_eq(cli_run(cli_discover, "--json"), 0);
	all = json_tokener_parse(cli_ran.out);
	ck_assert_msg(all != NULL, "%s", cli_ran.out);
	ck_assert_uint_eq(json_object_array_length(json_object_object_get(all, "partitions")), 3);
	json_object_put(all);
	/* Nothing is printed of a cluster that did not say all. */
	played.fails = "partitions";
	cli_assert(cli_discover, "", CLI_USAGE, "cannot ask Slurm: partitions: error ");
	ck_assert_str_eq(cli_ran.out, "");
}
END_TEST

/* A library that ends the process does not decide the command's status. */
START_TEST(test_command_ended)
{
	setenv("DSFIT_CONF", DEMO, 1);
	unsetenv("SLURM_CONF");
	for (asked = ASK_ENDS; asked <= ASK_DIES; asked++)
		cli_assert(cli_discover, "", CLI_USAGE,
			   "cannot ask Slurm: see the messages of its library above");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("discover");
	TCase *tcase = unit_folder_case(suite, "clusters");

	tcase_add_loop_test(tcase, test_demo, 0, DSFIT_ARRAY_SIZE(demos));
	tcase_add_loop_test(tcase, test_odd, 0, DSFIT_ARRAY_SIZE(odds));
	tcase_add_loop_test(tcase, test_json, 0, DSFIT_ARRAY_SIZE(odds));
	tcase_add_test(tcase, test_json_limits);
	tcase_add_loop_test(tcase, test_gres, 0, DSFIT_ARRAY_SIZE(gres_rows));
	tcase_add_test(tcase, test_names);
	tcase_add_test(tcase, test_hosts);
	tcase_add_test(tcase, test_many_hosts);
	tcase_add_loop_test(tcase, test_unlike, 0, 9);
	tcase = unit_folder_case(suite, "writing");
	tcase_add_test(tcase, test_no_gpus);
	tcase_add_test(tcase, test_default_memory);
	tcase_add_loop_test(tcase, test_limits, 0, DSFIT_ARRAY_SIZE(accounts));
	tcase_add_test(tcase, test_by_qos);
	tcase_add_test(tcase, test_only_named);
	tcase_add_test(tcase, test_hostile);
	tcase_add_test(tcase, test_unknown_once);
	tcase = unit_folder_case(suite, "command");
	tcase_add_test(tcase, test_command);
	tcase_add_test(tcase, test_command_prints);
	tcase_add_test(tcase, test_command_ended);
	return unit_run(suite);
}
