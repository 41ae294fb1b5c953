/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/cluster.c turns slurmctld's answers into a description of the cluster. The answers were
 * recorded from the demo cluster and from an odd one, with Slurm 22.05, 24.11 and 26.05.
 * cli/libslurm.c says so if the library is missing or is another one.
 */
#include "tests/unit/slurmctld.h"

#include <dlfcn.h>

#include "cli/cluster.h"

/* Where the library was when dsfit was built: libslurm.c is compiled here, to be told a path. */
static const char *library_path;

#undef DSFIT_LIBSLURM
#define DSFIT_LIBSLURM library_path
#include "cli/libslurm.c"

static const char *const releases[] = { "22.05", "24.11", "26.05" };

static void play_release(const char *cluster, int release)
{
	char name[64];

	snprintf(name, sizeof(name), "%s-%s", cluster, releases[release]);
	play(name);
}

static struct cluster cluster;

static void load(void)
{
	struct dsfit_error err = { "" };

	ck_assert_msg(!cluster_read(&played_slurm, &cluster, &err), "%s", err.text);
}

static const struct cluster_node *node(const char *name)
{
	for (size_t i = 0; i < cluster.node_count; i++)
		if (cluster.nodes[i].name && !strcmp(cluster.nodes[i].name, name))
			return &cluster.nodes[i];
	ck_abort_msg("no node %s", name);
	return NULL;
}

static const struct cluster_partition *partition(const char *name)
{
	for (size_t i = 0; i < cluster.partition_count; i++)
		if (!strcmp(cluster.partitions[i].name, name))
			return &cluster.partitions[i];
	ck_abort_msg("no partition %s", name);
	return NULL;
}

START_TEST(test_demo)
{
	play_release("demo", _i);
	load();
	ck_assert_str_eq(cluster.name, "dsfit");
	unit_assert_begins(cluster.version, releases[_i]);
	ck_assert_uint_eq(cluster.node_count, 15);
	ck_assert_uint_eq(cluster.partition_count, 3);
	ck_assert_str_eq(node("a100-0")->gres, "gpu:a100:4");
	ck_assert_str_eq(node("ws-3")->features, "net25");
	ck_assert_uint_eq(node("h100-1")->cpus, 96);
	ck_assert_uint_eq(node("h100-1")->memory, 2048000);
	ck_assert_uint_eq(node("h100-1")->scratch, 8000000);
	ck_assert(!node("h100-1")->future);
	/* preempt has the lowest tier and says REQUEUE; the others say OFF. */
	ck_assert(partition("gpu")->is_default);
	ck_assert(!partition("preempt")->is_default);
	ck_assert(partition("preempt")->preemptible);
	ck_assert(!partition("gpu")->preemptible && !partition("strict")->preemptible);
	ck_assert(!partition("preempt")->by_qos);
	ck_assert_uint_eq(cluster.memory.per_node + cluster.memory.per_cpu +
				  cluster.memory.per_gpu, 0);
	cluster_free(&cluster);
}
END_TEST

START_TEST(test_odd)
{
	size_t holes = 0;

	play_release("odd", _i);
	load();
	for (size_t i = 0; i < cluster.node_count; i++)
		holes += cluster.nodes[i].future;
	ck_assert_uint_eq(holes, 2);
	/* Memory and cores that are reserved for the system are not for jobs. */
	ck_assert_uint_eq(node("big-1")->memory, 500000);
	ck_assert_uint_eq(node("sock-1")->cpus, 28);
	/* No gres, no features, no scratch. */
	ck_assert_str_eq(node("cpu-1")->gres, "");
	ck_assert_str_eq(node("cpu-1")->features, "");
	ck_assert_uint_eq(node("cpu-1")->scratch, 0);
	/* Default memory of the cluster and of partitions, per GPU, per CPU or per node. */
	ck_assert_uint_eq(cluster.memory.per_gpu, 30000);
	ck_assert_uint_eq(partition("gpu")->memory.per_gpu, 60000);
	ck_assert_uint_eq(partition("cpu")->memory.per_cpu, 2000);
	ck_assert_uint_eq(partition("cpu")->memory.per_node, 0);
	ck_assert_uint_eq(partition("spot")->memory.per_node, 100000);
	ck_assert_uint_eq(partition("spot")->memory.per_gpu, 0);
	/* gpu preempts spot on the same nodes. No partition preempts low on its nodes. */
	ck_assert(partition("spot")->preemptible);
	ck_assert(!partition("low")->preemptible && !partition("cpu")->preemptible);
	cluster_free(&cluster);
}
END_TEST

/* Each way to keep somebody out of a partition. */
START_TEST(test_only_some)
{
	static char all[] = "ALL", none[] = "", some[] = "physics";
	partition_info_t *one;

	for (int i = 0; i < 9; i++) {
		play_release("demo", 0);
		/* Jobs that name no partition are in the default one already. */
		played_partition("gpu")->allow_groups = some;
		one = played_partition("strict");
		one->allow_groups = i == 0 ? some : all;
		one->allow_accounts = i == 1 ? some : none;
		one->allow_qos = i == 2 ? some : NULL;
		one->allow_alloc_nodes = i == 3 ? some : all;
		one->deny_accounts = i == 4 ? some : NULL;
		one->deny_qos = i == 5 ? some : none;
		one->flags |= i == 6 ? PART_FLAG_ROOT_ONLY : i == 7 ? PART_FLAG_REQ_RESV : 0;
		load();
		ck_assert_int_eq(partition("strict")->only_named, i < 8);
		ck_assert(!partition("gpu")->only_named);
		cluster_free(&cluster);
	}
}
END_TEST

/* Preemption with other settings of the cluster and of the partition. */
START_TEST(test_preemption)
{
	static char none[] = "preempt/none", qos[] = "preempt/qos";

	play_release("demo", 0);
	played.conf.preempt_type = none;
	load();
	ck_assert(!partition("preempt")->preemptible && !partition("preempt")->by_qos);
	cluster_free(&cluster);

	play_release("demo", 0);
	played.conf.preempt_type = qos;
	load();
	ck_assert(!partition("preempt")->preemptible);
	ck_assert(partition("preempt")->by_qos && partition("gpu")->by_qos);
	cluster_free(&cluster);

	play_release("demo", 0);
	played.conf.preempt_type = NULL;
	load();
	ck_assert(!partition("preempt")->preemptible && !partition("preempt")->by_qos);
	cluster_free(&cluster);

	/* A partition without a mode has the cluster's, here REQUEUE. */
	play_release("demo", 0);
	played_partition("preempt")->preempt_mode = NO_VAL16;
	load();
	ck_assert(partition("preempt")->preemptible);
	cluster_free(&cluster);

	/* The cluster's mode may be OFF. */
	play_release("demo", 0);
	played_partition("preempt")->preempt_mode = NO_VAL16;
	played.conf.preempt_mode = PREEMPT_MODE_OFF;
	load();
	ck_assert(!partition("preempt")->preemptible);
	cluster_free(&cluster);

	/* Gang scheduling alone does not take a job's resources away. */
	play_release("demo", 0);
	played_partition("preempt")->preempt_mode = PREEMPT_MODE_GANG;
	load();
	ck_assert(!partition("preempt")->preemptible);
	cluster_free(&cluster);
}
END_TEST

/* A partition without nodes is preempted by none. */
START_TEST(test_no_nodes)
{
	play_release("demo", 0);
	for (size_t i = 0; i < played.partitions.record_count; i++)
		if (!strcmp(played.partition[i].name, "preempt"))
			played.node_inx[i][0] = -1;
	load();
	ck_assert(!partition("preempt")->preemptible);
	cluster_free(&cluster);
}
END_TEST

/* A node with values that Slurm does not know. */
START_TEST(test_unsaid)
{
	play_release("demo", 0);
	played_node("ws-0")->cpus_efctv = 0;
	played_node("ws-1")->real_memory = 1;
	played_node("ws-2")->node_state = NODE_STATE_FUTURE;
	played_node("ws-3")->mem_spec_limit = 128000;
	played.conf.cluster_name = NULL;
	played.conf.version = NULL;
	played.conf.def_mem_per_cpu = INFINITE64;
	played_partition("gpu")->def_mem_per_cpu = NO_VAL64;
	load();
	/* Releases before 22.05 have no other number of CPUs. */
	ck_assert_uint_eq(node("ws-0")->cpus, 32);
	ck_assert_uint_eq(node("ws-1")->memory, 0);
	ck_assert(node("ws-2")->future);
	ck_assert_uint_eq(node("ws-3")->memory, 0);
	ck_assert_str_eq(cluster.name, "");
	ck_assert_str_eq(cluster.version, "");
	ck_assert_uint_eq(cluster.memory.per_node + cluster.memory.per_cpu, 0);
	ck_assert_uint_eq(partition("gpu")->memory.per_node, 0);
	cluster_free(&cluster);
}
END_TEST

static const struct cluster_qos *qos(const char *name)
{
	for (size_t i = 0; i < cluster.accounting.qos_count; i++)
		if (!strcmp(cluster.accounting.qos[i].name, name))
			return &cluster.accounting.qos[i];
	return NULL;
}

static const struct cluster_association *association(const char *account, const char *user)
{
	for (size_t i = 0; i < cluster.accounting.association_count; i++)
		if (!strcmp(cluster.accounting.associations[i].account, account) &&
		    !strcmp(cluster.accounting.associations[i].user, user))
			return &cluster.accounting.associations[i];
	return NULL;
}

static void are_limits(const struct dsfit_limits *limits, uint64_t gpus, uint64_t nodes)
{
	ck_assert_uint_eq(limits->gpus, gpus);
	ck_assert_uint_eq(limits->nodes, nodes);
}

/* The limits of tests/cluster/accounts, each kind apart; what has no limit is left out. */
START_TEST(test_accounting)
{
	play_release("accounts", _i);
	load();
	ck_assert_uint_eq(cluster.accounting.qos_count, 4);
	are_limits(&qos("small")->limits[DSFIT_LIMIT_JOB], 4, UINT64_MAX);
	are_limits(&qos("small")->limits[DSFIT_LIMIT_USER], UINT64_MAX, UINT64_MAX);
	ck_assert(!qos("small")->over_part_qos && !qos("small")->partition_max_nodes);
	ck_assert(qos("small")->limit_factor <= 0);
	are_limits(&qos("wide")->limits[DSFIT_LIMIT_USER], 16, 4);
	are_limits(&qos("wide")->limits[DSFIT_LIMIT_GROUP], UINT64_MAX, UINT64_MAX);
	ck_assert_uint_eq(qos("wide")->limits[DSFIT_LIMIT_GROUP].type_count, 1);
	ck_assert_str_eq(qos("wide")->limits[DSFIT_LIMIT_GROUP].of_type[0].type, "a100");
	ck_assert_uint_eq(qos("wide")->limits[DSFIT_LIMIT_GROUP].of_type[0].gpus, 8);
	are_limits(&qos("part")->limits[DSFIT_LIMIT_GROUP], UINT64_MAX, 3);
	are_limits(&qos("each")->limits[DSFIT_LIMIT_ACCOUNT], 6, UINT64_MAX);
	ck_assert_ptr_null(qos("normal"));
	ck_assert_uint_eq(partition("strict")->max_nodes, 2);
	ck_assert_str_eq(partition("strict")->qos, "part");
	ck_assert_uint_eq(partition("gpu")->max_nodes, UINT64_MAX);
	ck_assert_str_eq(partition("gpu")->qos, "");
	ck_assert_uint_eq(cluster.accounting.association_count, 4);
	are_limits(&association("phys", "")->limits[DSFIT_LIMIT_GROUP], 32, 10);
	are_limits(&association("phys", "")->limits[DSFIT_LIMIT_JOB], UINT64_MAX, UINT64_MAX);
	/* GrpTRES of the account above holds too; MaxTRES is inherited and may be replaced. */
	are_limits(&association("opt", "")->limits[DSFIT_LIMIT_GROUP], 32, 10);
	are_limits(&association("opt", "")->limits[DSFIT_LIMIT_JOB], 12, UINT64_MAX);
	are_limits(&association("opt", "bin")->limits[DSFIT_LIMIT_JOB], 20, UINT64_MAX);
	ck_assert_uint_eq(association("opt", "")->users.count, 2);
	/* The default QOS of mail differs from its account's. */
	are_limits(&association("phys", "mail")->limits[DSFIT_LIMIT_GROUP], 32, 10);
	ck_assert_str_eq(association("phys", "mail")->qos, "wide");
	ck_assert_str_eq(association("phys", "")->qos, "");
	ck_assert_str_eq(association("phys", "")->users.name[0], "mail");
	/* An association of a single partition is left out. */
	ck_assert_ptr_null(association("bio", ""));
	cluster_free(&cluster);
}
END_TEST

/* A QOS that overrides the limits of others, even if it has none of its own. */
START_TEST(test_overrides)
{
	play_release("accounts", _i);
	played_qos("small")->flags = QOS_FLAG_OVER_PART_QOS | QOS_FLAG_DENY_LIMIT;
	played_qos("normal")->flags = QOS_FLAG_PART_MAX_NODE;
	played_qos("large")->limit_factor = 1.5;
	played_qos("each")->limit_factor = (double)INFINITE;
	load();
	ck_assert(qos("small")->over_part_qos && !qos("small")->partition_max_nodes);
	ck_assert(qos("normal") && qos("normal")->partition_max_nodes);
	ck_assert(!qos("normal")->over_part_qos);
	ck_assert(qos("large") && qos("large")->limit_factor == 1.5);
	ck_assert(qos("each")->limit_factor <= 0);
	cluster_free(&cluster);
}
END_TEST

/* A user whose limits of types of GPUs are his account's is not told apart from it. */
START_TEST(test_types_of_users)
{
	enum { A100 = 9 };		/* in `accounts` */

	for (uint64_t gpus = 5; gpus <= 6; gpus++) {
		play_release("accounts", 0);
		played_association("opt", "")->max_tres_ctld[A100] = 6;
		played_association("opt", "daemon")->max_tres_ctld[A100] = gpus;
		load();
		ck_assert_uint_eq(association("opt", "")->limits[DSFIT_LIMIT_JOB].type_count, 1);
		ck_assert(!association("opt", "daemon") == (gpus == 6));
		cluster_free(&cluster);
	}
}
END_TEST

START_TEST(test_default_qos)
{
	/* The one that is called normal, */
	play_release("accounts", 0);
	played_qos("normal")->max_tres_pj_ctld[8] = 7;
	load();
	ck_assert(qos("normal")->is_default && !qos("small")->is_default);
	cluster_free(&cluster);
	/* or the root account's, which slurmdbd hands on to all others. */
	play_release("accounts", 0);
	for (size_t i = 0; i < played.association_list.count; i++)
		played.association[i].def_qos_id = played_qos("small")->id;
	played_association("phys", "mail")->def_qos_id = played_qos("wide")->id;
	load();
	ck_assert(qos("small")->is_default);
	ck_assert_str_eq(association("opt", "")->qos, "");
	ck_assert_str_eq(association("phys", "mail")->qos, "wide");
	cluster_free(&cluster);
}
END_TEST

/* Limits that slurmctld does not enforce are left out. */
START_TEST(test_not_enforced)
{
	play_release("accounts", 0);
	played.conf.accounting_storage_enforce = 1;
	load();
	ck_assert_uint_eq(cluster.accounting.qos_count + cluster.accounting.association_count, 0);
	/* MaxNodes of a partition always holds. */
	ck_assert_uint_eq(partition("strict")->max_nodes, 2);
	ck_assert_str_eq(partition("strict")->qos, "");
	cluster_free(&cluster);
}
END_TEST

/* If slurmctld does not answer, the error says what was asked and gives Slurm's reason. */
START_TEST(test_no_answer)
{
	static const struct {
		const char *fails, *says;
	} rows[] = {
		{ "ctl_conf", "slurmctld: error " },
		{ "node", "nodes: error " },
		{ "partitions", "partitions: error " },
		{ "assoc_mgr_info", "limits of accounting: error " },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		struct dsfit_error err = { "" };

		play_release("accounts", 0);
		played.fails = rows[i].fails;
		ck_assert_int_eq(cluster_read(&played_slurm, &cluster, &err), -1);
		unit_assert_begins(err.text, rows[i].says);
		cluster_free(&cluster);
	}
}
END_TEST

/* --- the library ----------------------------------------------------------------------------- */

START_TEST(test_no_library)
{
	struct libslurm slurm;
	struct dsfit_error err = { "" };

	library_path = "/nosuch/libslurm-nosuch.so.1";
	ck_assert_int_eq(libslurm_open(&slurm, &err), -1);
	unit_assert_begins(err.text, "cannot load the library of Slurm 2");
	unit_assert_has(err.text, ", for which dsfit was built: ");
	unit_assert_has(err.text, library_path);
	/* So there is no answer either. */
	err.text[0] = '\0';
	ck_assert_int_eq(cluster_load(&cluster, &err), -1);
	unit_assert_begins(err.text, "cannot load the library of Slurm 2");
}
END_TEST

/* The loader does not find it by its name, but it is at its path; and has other functions. */
START_TEST(test_another_library)
{
	struct libslurm slurm;
	struct dsfit_error err = { "" };
	char wanted[1024];
	Dl_info other;

	ck_assert_int_ne(dladdr(dlsym(RTLD_DEFAULT, "gnu_get_libc_version"), &other), 0);
	library_path = unit_path("libslurm-moved.so.1");
	ck_assert_int_eq(symlink(other.dli_fname, library_path), 0);
	ck_assert_int_eq(libslurm_open(&slurm, &err), -1);
	snprintf(wanted, sizeof(wanted), "%s does not have the function slurm_init", library_path);
	ck_assert_str_eq(err.text, wanted);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cluster");
	TCase *tcase = unit_case(suite, "answers");

	tcase_add_loop_test(tcase, test_demo, 0, DSFIT_ARRAY_SIZE(releases));
	tcase_add_loop_test(tcase, test_odd, 0, DSFIT_ARRAY_SIZE(releases));
	tcase_add_test(tcase, test_only_some);
	tcase_add_test(tcase, test_preemption);
	tcase_add_test(tcase, test_no_nodes);
	tcase_add_test(tcase, test_unsaid);
	tcase_add_loop_test(tcase, test_accounting, 0, DSFIT_ARRAY_SIZE(releases));
	tcase_add_loop_test(tcase, test_overrides, 0, DSFIT_ARRAY_SIZE(releases));
	tcase_add_test(tcase, test_types_of_users);
	tcase_add_test(tcase, test_default_qos);
	tcase_add_test(tcase, test_not_enforced);
	tcase_add_test(tcase, test_no_answer);
	tcase = unit_folder_case(suite, "library");
	tcase_add_test(tcase, test_no_library);
	tcase_add_test(tcase, test_another_library);
	return unit_run(suite);
}
