/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dsfit check --live: what dsfit discover writes is equal to the cluster it was written for, and
 * each thing that changes on either side is one line. slurmctld is played.
 */
#include "tests/unit/cli.h"
#include "tests/unit/slurmctld.h"

#include <unistd.h>

#include "cli/discover_conf.h"
#include "cli/live.h"
#include "core/base/size.h"

#define DEMO TEST_CONF "/dsfit.conf"

static const char *const clusters[] = {
	"demo-22.05", "demo-24.11", "demo-26.05", "accounts-22.05", "accounts-24.11",
	"accounts-26.05",
};

static void read_cluster(struct cluster *cluster)
{
	struct dsfit_error err = { "" };

	ck_assert_msg(!cluster_read(&played_slurm, cluster, &err), "%s", err.text);
}

/* A file with the configuration that dsfit discover writes for the played cluster. */
static const char *discovered(void)
{
	struct dsfit_site *site = unit_site();
	struct discovery found;
	struct cluster cluster;
	const char *path;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	read_cluster(&cluster);
	discovery_make(site, &cluster, &found);
	discover_conf(out, &found, DEMO);
	ck_assert_int_eq(fclose(out), 0);
	path = unit_write("live.conf", text);
	free(text);
	discovery_free(&found);
	cluster_free(&cluster);
	dsfit_site_free(site);
	return path;
}

/* What differs between a configuration and the played cluster, as text to be freed. */
static char *differences(const char *path)
{
	struct dsfit_error err = { "" };
	struct dsfit_site *site = dsfit_site_load(path, &err);
	struct discovery found;
	struct cluster cluster;
	struct live live;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	ck_assert_msg(site != NULL, "%s", err.text);
	read_cluster(&cluster);
	discovery_make(site, &cluster, &found);
	live_compare(site, &found, &live);
	live_text(out, &live);
	ck_assert_int_eq(fclose(out), 0);
	live_free(&live);
	discovery_free(&found);
	cluster_free(&cluster);
	dsfit_site_free(site);
	return text;
}

static void differ(const char *path, const char *expected)
{
	char *text = differences(path);

	ck_assert_str_eq(text, expected);
	free(text);
}

START_TEST(test_equal)
{
	play(clusters[_i]);
	differ(discovered(), "");
	/* The demo's own file says more, and nothing else. */
	if (!strncmp(clusters[_i], "demo", 4))
		differ(DEMO, "");
}
END_TEST

/* A cluster of every word: what dsfit discover could not write for lack of a card is told. */
START_TEST(test_odd)
{
	play("odd-22.05");
	differ(discovered(), "nodes \"new\": 1 x 2 z9000 in the cluster, not in dsfit.conf\n");
}
END_TEST

/* --- the cluster changes --------------------------------------------------------------------- */

static char gres[] = "gpu:a100:3", type[] = "gpu:h100:8", features[] = "net200,new";
static char gone[] = "gone";

static void lose_node(void)
{
	played_node("a100-3")->name = NULL;
}

static void lose_gpus(void)
{
	for (size_t i = 0; i < played.nodes.record_count; i++)
		if (!strncmp(played.node[i].name, "a100-", 5))
			played.node[i].gres = gres;
}

static void exchange_gpus(void)
{
	for (size_t i = 0; i < played.nodes.record_count; i++)
		if (!strncmp(played.node[i].name, "ws-", 3))
			played.node[i].gres = type;
}

static void change_nodes(void)
{
	for (size_t i = 0; i < played.nodes.record_count; i++) {
		node_info_t *node = &played.node[i];

		if (strncmp(node->name, "a100-", 5))
			continue;
		node->real_memory = 256000;
		node->tmp_disk = 1000;
		node->cpus_efctv = 60;
		node->features = features;
	}
}

/* The rest of a class is nearer to it than the nodes that left. */
static void split_class(void)
{
	played_node("a100-0")->features = features;
}

static void leave_partition(void)
{
	size_t strict = (size_t)(played_partition("strict") - played.partition);

	/* The nodes are in the order of their names: a100 first. */
	played.node_inx[strict][0] = 4;
}

static void rename_partition(void)
{
	played_partition("strict")->name = gone;
}

static void change_default(void)
{
	played_partition("gpu")->flags = 0;
	played_partition("strict")->flags = PART_FLAG_DEFAULT;
}

static void keep_jobs(void)
{
	played_partition("preempt")->preempt_mode = PREEMPT_MODE_OFF;
}

static void keep_out(void)
{
	static char physics[] = "physics";

	played_partition("gpu")->allow_accounts = physics;
	played_partition("strict")->allow_accounts = physics;
}

static void limit_partition(void)
{
	played_partition("gpu")->max_nodes = 3;
}

static void rename_node(void)
{
	static char name[] = "new-7";

	for (size_t i = 0; i < played.nodes.record_count; i++)
		if (!strcmp(played.nodes.node_array[i].name, "a100-3"))
			played.nodes.node_array[i].name = name;
}

static void give_memory(void)
{
	played.conf.def_mem_per_cpu = 4000 | MEM_PER_CPU;
	played_partition("strict")->def_mem_per_cpu = 100000;
}

static const struct {
	const char *cluster;
	void (*change)(void);
	const char *expected;
} rows[] = {
	{ "demo-22.05", lose_node,
	  "nodes \"a100\": count: 4 in dsfit.conf, 3 in the cluster\n" },
	{ "demo-24.11", lose_gpus,
	  "nodes \"a100\": gpus: 4 in dsfit.conf, 3 in the cluster\n" },
	{ "demo-26.05", exchange_gpus,
	  "nodes \"ws\": 4 x 2 rtx4090 in dsfit.conf, not in the cluster\n"
	  "nodes \"ws\": 4 x 8 h100 in the cluster, not in dsfit.conf\n" },
	{ "demo-22.05", change_nodes,
	  "nodes \"a100\": cpus: 64 in dsfit.conf, 60 in the cluster\n"
	  "nodes \"a100\": memory: 512000MiB in dsfit.conf, 256000MiB in the cluster\n"
	  "nodes \"a100\": scratch: 4000000MiB in dsfit.conf, 1000MiB in the cluster\n"
	  "nodes \"a100\": features: {net200} in dsfit.conf, {net200, new} in the cluster\n" },
	{ "demo-22.05", split_class,
	  "nodes \"a100\": count: 4 in dsfit.conf, 3 in the cluster\n"
	  "nodes \"a100\": 1 x 4 a100 in the cluster, not in dsfit.conf\n" },
	{ "demo-22.05", leave_partition,
	  "nodes \"a100\": partitions: {gpu, preempt, strict} in dsfit.conf, {gpu, preempt} in the "
	  "cluster\n" },
	{ "demo-22.05", change_default,
	  "partition \"gpu\": default: true in dsfit.conf, false in the cluster\n"
	  "partition \"strict\": default: false in dsfit.conf, true in the cluster\n" },
	{ "demo-22.05", keep_jobs,
	  "partition \"preempt\": preemptible: true in dsfit.conf, false in the cluster\n" },
	/* gpu is the default. */
	{ "demo-22.05", keep_out,
	  "partition \"strict\": only-named: false in dsfit.conf, true in the cluster\n" },
	{ "demo-22.05", limit_partition,
	  "partition \"gpu\": max-nodes: no limit in dsfit.conf, 3 in the cluster\n" },
	{ "demo-22.05", rename_node,
	  "nodes \"a100\": names: {a100-[0-3]} in dsfit.conf, {a100-[0-2], new-7} in the "
	  "cluster\n" },
	{ "demo-22.05", give_memory,
	  "partition \"gpu\": default-mem: none in dsfit.conf, 4000 MiB per CPU in the cluster\n"
	  "partition \"preempt\": default-mem: none in dsfit.conf, 4000 MiB per CPU in the "
	  "cluster\n"
	  "partition \"strict\": default-mem: none in dsfit.conf, 100000 MiB per node in the "
	  "cluster\n" },
};

START_TEST(test_changes)
{
	const char *path;

	play(rows[_i].cluster);
	path = discovered();
	rows[_i].change();
	differ(path, rows[_i].expected);
}
END_TEST

START_TEST(test_partition_renamed)
{
	const char *path;
	char *text;

	play("demo-22.05");
	path = discovered();
	rename_partition();
	text = differences(path);
	unit_assert_has(text, "partition \"strict\": a partition in dsfit.conf, not in the "
			"cluster\n");
	unit_assert_has(text, "partition \"gone\": a partition in the cluster, not in "
			"dsfit.conf\n");
	free(text);
}
END_TEST

/* Limits of accounting, changed, gone and new. */
START_TEST(test_limits)
{
	static char none[] = "", small[] = "small";
	const char *path;
	char *text;

	play("accounts-26.05");
	path = discovered();
	played_qos("small")->max_tres_pj_ctld[8] = 6;
	played_qos("each")->max_tres_pa_ctld[8] = INFINITE64;
	played_qos("large")->max_tres_pj_ctld[3] = 2;
	played_association("phys", "")->grp_tres_ctld[3] = INFINITE64;
	played_association("phys", "mail")->def_qos_id = 0;
	played_association("opt", "daemon")->is_def = 0;
	played_association("bio", "")->grp_tres_ctld[8] = 5;
	played_qos("wide")->grp_tres_ctld[9] = 6;
	played_qos("small")->flags = QOS_FLAG_OVER_PART_QOS;
	played_qos("each")->limit_factor = 1.5;
	played_qos("normal")->flags = QOS_FLAG_PART_MAX_NODE;
	played_partition("strict")->qos_char = small;
	text = differences(path);
	unit_assert_has(text, "qos \"small\": max-gpus: 4 in dsfit.conf, 6 in the cluster\n");
	unit_assert_has(text, "qos \"each\": max-gpus-per-account: 6 in dsfit.conf, no limit in "
			"the cluster\n");
	unit_assert_has(text, "qos \"large\": max-nodes: no limit in dsfit.conf, 2 in the "
			"cluster\n");
	unit_assert_has(text, "association \"phys\": grp-nodes: 10 in dsfit.conf, no limit in the "
			"cluster\n");
	unit_assert_has(text, "association \"phys:mail\": limits in dsfit.conf, not in the "
			"cluster\n");
	unit_assert_has(text, "association \"opt\": users: {bin, daemon} in dsfit.conf, {bin} in "
			"the cluster\n");
	unit_assert_has(text, "association \"bio\": limits in the cluster, not in dsfit.conf\n");
	unit_assert_has(text, "qos \"wide\": grp-gpus-of: {a100=8} in dsfit.conf, {a100=6} in the "
			"cluster\n");
	unit_assert_has(text, "qos \"small\": over-part-qos: false in dsfit.conf, true in the "
			"cluster\n");
	unit_assert_has(text, "qos \"each\": limit-factor: 0 in dsfit.conf, 1.5 in the cluster\n");
	unit_assert_has(text, "qos \"normal\": partition-max-nodes: false in dsfit.conf, true in "
			"the cluster\n");
	unit_assert_has(text, "partition \"strict\": qos: part in dsfit.conf, small in the "
			"cluster\n");
	free(text);

	/* Without accounting none of it is left. */
	played.conf.accounting_storage_enforce = 0;
	played_partition("strict")->qos_char = none;
	text = differences(path);
	unit_assert_has(text, "qos \"wide\": max-nodes-per-user: 4 in dsfit.conf, no limit in the "
			"cluster\n");
	unit_assert_has(text, "association \"opt\": limits in dsfit.conf, not in the cluster\n");
	free(text);
}
END_TEST

/* --- the configuration ----------------------------------------------------------------------- */

#define CATALOGUES "include(\"" TEST_CONF "/gpus.conf\")\ninclude(\"" TEST_CONF "/models.conf\")\n"
#define PARTITIONS                                                           \
	"partition \"gpu\" { default = true max-gpus = 8 }\n"                \
	"partition \"preempt\" { preemptible = true max-nodes = 1 }\n"       \
	"partition \"strict\" { mode = reject }\n"
#define OTHERS                                                               \
	"nodes \"two\" { count = 4 gpu = a100_80g gpus = 4 features = {net200} }\n" \
	"nodes \"three\" { count = 2 gpu = h100 gpus = 8 features = {net400} }\n" \
	"nodes \"four\" { count = 1 gpu = h200 gpus = 8 features = {net400} }\n" \
	"nodes \"five\" { count = 4 gpu = rtx4090 gpus = 2 features = {net25} }\n"

static const struct {
	const char *text, *expected;
} confs[] = {
	/* Other names, nothing said of memory, and limits of the site's own. */
	{ OTHERS "nodes \"one\" { count = 4 gpu = a100 gpus = 4 features = {net200} "
	  "partitions = {strict, gpu, preempt} }\n" PARTITIONS, "" },
	/* a100 may be either card. */
	{ OTHERS "nodes \"one\" { count = 4 gpu = a100_80g gres-type = a100 gpus = 4 "
	  "features = {net200} }\n" PARTITIONS, "" },
	{ OTHERS "nodes \"one\" { count = 4 gpu = h100 gres-type = a100 gpus = 4 "
	  "features = {net200} }\n" PARTITIONS,
	  "nodes \"one\": gpu: h100 in dsfit.conf, a100 in the cluster\n" },
	/* Two classes of one type: each finds its own. */
	{ OTHERS "nodes \"old\" { count = 2 gpu = a100 gpus = 8 features = {net200} }\n"
	  "nodes \"one\" { count = 4 gpu = a100 gpus = 4 features = {net200} }\n" PARTITIONS,
	  "nodes \"old\": 2 x 8 a100 in dsfit.conf, not in the cluster\n" },
};

START_TEST(test_configurations)
{
	char text[4096];

	play("demo-22.05");
	snprintf(text, sizeof(text), CATALOGUES "%s", confs[_i].text);
	differ(unit_write("own.conf", text), confs[_i].expected);
}
END_TEST

/* --- the command ------------------------------------------------------------------------------ */

/* The library is the real one, where no slurmctld is. */
START_TEST(test_command)
{
	setenv("DSFIT_CONF", DEMO, 1);
	setenv("SLURM_CONF", unit_path("nosuch.conf"), 1);
	cli_assert(cli_check, "--live", CLI_USAGE, "cannot ask Slurm: SLURM_CONF=");
	setenv("SLURM_CONF", unit_write("broken.conf", "SlurmctldHost=\n"), 1);
	cli_assert(cli_check, "--live --json", CLI_USAGE,
		   "cannot ask Slurm: see the messages of its library above");
	setenv("SLURM_CONF", unit_write("slurm.conf", "ClusterName=nobody\n"
					"SlurmctldHost=localhost(127.0.0.1)\nSlurmctldPort=1\n"
					"MessageTimeout=2\n"), 1);
	cli_assert(cli_check, "--live", CLI_USAGE, "cannot ask Slurm: slurmctld: ");
	ck_assert_str_eq(cli_ran.out, "");
	cli_assert(cli_check, "--live --conf=/nosuch/dsfit.conf", CLI_USAGE, "/nosuch/dsfit.conf");
	/* Slurm is not asked. */
	ck_assert_int_eq(cli_run(cli_check, ""), 0);
	unit_assert_begins(cli_ran.out, "valid: ");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("live");
	TCase *tcase = unit_folder_case(suite, "clusters");

	tcase_add_loop_test(tcase, test_equal, 0, DSFIT_ARRAY_SIZE(clusters));
	tcase_add_test(tcase, test_odd);
	tcase_add_loop_test(tcase, test_changes, 0, DSFIT_ARRAY_SIZE(rows));
	tcase_add_test(tcase, test_partition_renamed);
	tcase_add_test(tcase, test_limits);
	tcase_add_loop_test(tcase, test_configurations, 0, DSFIT_ARRAY_SIZE(confs));
	tcase = unit_folder_case(suite, "command");
	tcase_add_test(tcase, test_command);
	return unit_run(suite);
}
