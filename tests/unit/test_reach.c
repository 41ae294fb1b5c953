/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The nodes that a job names and excludes: how their lists are read, which classes they are of, and
 * that no correction and no alternative needs more nodes than they leave. */
#include "core/site/reach.h"

#include "core/base/hosts.h"
#include "core/decide/decide.h"
#include "tests/unit/jobs.h"

/* --- lists ------------------------------------------------------------------------------------ */

static const struct {
	const char *list;
	uint64_t count;			/* 0: not understood */
	const char *first, *last;
} lists[] = {
	{ "a", 1, "a", "a" },
	{ "a100-1,a100-2,ws-0", 3, "a100-1", "ws-0" },
	{ "a100-[1-3]", 3, "a100-1", "a100-3" },
	{ "a100-[1-3,7],ws-0", 5, "a100-1", "ws-0" },
	{ "ws-0,a100-[1-3,7]", 5, "ws-0", "a100-7" },
	{ "n[08-11]", 4, "n08", "n11" },
	{ "n[0-0]", 1, "n0", "n0" },
	{ "n[098-100]", 3, "n098", "n100" },
	{ "r[0-1]n[01-10]", 20, "r0n01", "r1n10" },
	{ "n[1-2]-ib.site", 2, "n1-ib.site", "n2-ib.site" },
	{ "[1-3]", 3, "1", "3" },
	{ "n[0-999999998]", 999999999, "n0", "n999999998" },
	{ "n[0-999999998],m", 1000000000, "n0", "m" },
	{ "a[1-2]b[1-2]c[1-2]d[1-2]", 16, "a1b1c1d1", "a2b2c2d2" },
	{ "n[1,1]", 2, "n1", "n1" },
	{ "", 0, NULL, NULL },
	{ ",", 0, NULL, NULL },
	{ "a,", 0, NULL, NULL },
	{ "a,,b", 0, NULL, NULL },
	{ "n[", 0, NULL, NULL },
	{ "n[]", 0, NULL, NULL },
	{ "n[1", 0, NULL, NULL },
	{ "n[1,]", 0, NULL, NULL },
	{ "n[,1]", 0, NULL, NULL },
	{ "n[1-]", 0, NULL, NULL },
	{ "n[-1]", 0, NULL, NULL },
	{ "n[3-1]", 0, NULL, NULL },
	{ "n[1-2-3]", 0, NULL, NULL },
	{ "n[a-b]", 0, NULL, NULL },
	{ "n[1]]", 0, NULL, NULL },
	{ "n1]", 0, NULL, NULL },
	{ "n[0-1000000000]", 0, NULL, NULL },
	{ "./nodes", 0, NULL, NULL },
	{ "n 1", 0, NULL, NULL },
	{ "n*2", 0, NULL, NULL },
	{ "a[1]b[1]c[1]d[1]e[1]", 0, NULL, NULL },
};

static bool has(const char *list, const char *name)
{
	uint64_t work = UINT64_MAX;

	return dsfit_hosts_have(list, name, &work);
}

START_TEST(test_list)
{
	char name[DSFIT_NAME_MAX], long_list[DSFIT_HOSTS_MAX + 1];
	const char *list = lists[_i].list;
	uint64_t count;

	ck_assert(dsfit_hosts_count(list, &count) == (lists[_i].count > 0));
	if (!lists[_i].count)
		return;
	ck_assert_uint_eq(count, lists[_i].count);
	ck_assert(dsfit_hosts_name(list, 0, name));
	ck_assert_str_eq(name, lists[_i].first);
	ck_assert(dsfit_hosts_name(list, count - 1, name));
	ck_assert_str_eq(name, lists[_i].last);
	ck_assert(!dsfit_hosts_name(list, count, name));
	/* It has the names that it is, and no others. */
	for (uint64_t i = 0; i < count && i < 1000; i++) {
		ck_assert(dsfit_hosts_name(list, i, name));
		ck_assert_msg(has(list, name), "%s: no %s", list, name);
		strcat(name, "x");
		ck_assert_msg(!has(list, name), "%s: %s", list, name);
	}
	ck_assert(!has(list, "") && !has(list, "x"));
	memset(long_list, 'a', sizeof(long_list) - 1);
	long_list[DSFIT_HOSTS_MAX] = '\0';
	ck_assert(!dsfit_hosts_count(long_list, &count));
	long_list[DSFIT_HOSTS_MAX - 1] = '\0';
	ck_assert(dsfit_hosts_count(long_list, &count) && count == 1);
	ck_assert(!dsfit_hosts_name(long_list, 0, name));
}
END_TEST

START_TEST(test_digits)
{
	uint64_t count;

	/* Zeroes count, as in Slurm: n08 is no n8. */
	ck_assert(has("n[08-11]", "n08") && !has("n[08-11]", "n8"));
	ck_assert(has("n[8-11]", "n8") && !has("n[8-11]", "n08"));
	ck_assert(!has("n[08-11]", "n010") && has("n[08-11]", "n10"));
	ck_assert(has("n[0-3]", "n0") && !has("n[0-3]", "n4"));
	ck_assert(!has("n[0-3]", "n00") && !has("n[0-3]", "n"));
	/* Digits that follow a bracket, and a bracket that follows one. */
	ck_assert(has("n[1-12]0", "n10") && has("n[1-12]0", "n120"));
	ck_assert(has("n[1-12][0-9]", "n129"));
	ck_assert(!has("n[1-12][0-9]", "n139") && dsfit_hosts_count("n[1]", &count));
}
END_TEST

/* A name that could be cut in many ways is given up. */
START_TEST(test_work)
{
	char list[DSFIT_HOSTS_MAX] = "";
	uint64_t work = 10000, count;

	for (int bracket = 0; bracket < 4; bracket++) {
		strcat(list, "[1");
		for (int i = 0; i < 450; i++)
			strcat(list, ",1");
		strcat(list, "]");
	}
	strcat(list, "x");
	ck_assert(dsfit_hosts_count(list, &count));
	ck_assert(!dsfit_hosts_have(list, "11111111111111y", &work));
	ck_assert_uint_eq(work, 0);
	ck_assert(!dsfit_hosts_have(list, "1111x", &work));
	work = 1000000;
	ck_assert(dsfit_hosts_have(list, "1111x", &work));
	ck_assert_uint_lt(work, 1000000);
	ck_assert_uint_gt(work, 900000);
}
END_TEST

/* --- counting --------------------------------------------------------------------------------- */

#define NODES "gpu = a100 gpus = 4 memory = 512GiB network = 200Gbps"
/* Three classes, the last of which has no names. */
#define SITE                                                                          \
	"mode = correct\n"                                                            \
	"nodes \"a\" { names = {\"a[0-3]\"} " NODES " }\n"                            \
	"nodes \"b\" { names = {\"b0\", \"b[2-3]\"} count = 3 gpu = h100 gpus = 8 "    \
	"memory = 2048GiB network = 400Gbps }\n"                                      \
	"nodes \"c\" { count = 5 gpu = a100_80g gpus = 4 memory = 1024GiB network = 200Gbps }\n"

static const struct {
	const char *named, *excluded;
	uint64_t count[3], doubtful, listed[2];
	bool known;			/* the nodes that are named */
} counts[] = {
	{ NULL, "a1", { 3, 3, 5 }, 0, { 0 }, false },
	{ NULL, "a[1-3],b0", { 1, 2, 5 }, 0, { 0 }, false },
	{ NULL, "a[0-9]", { 0, 3, 5 }, 5, { 0 }, false },
	/* A name that no class has may be one of the last. */
	{ NULL, "b1", { 4, 3, 5 }, 1, { 0 }, false },
	{ NULL, "x[1-3],a0", { 3, 3, 5 }, 3, { 0 }, false },
	{ NULL, "x[0-999999]", { 4, 3, 5 }, 5, { 0 }, false },
	/* What is not understood may be any. */
	{ NULL, "./file", { 4, 3, 5 }, 5, { 0 }, false },
	{ "a1", NULL, { 4, 3, 5 }, 0, { 1, 0 }, true },
	{ "a1,b[0-3]", NULL, { 4, 3, 5 }, 0, { 0 }, false },
	{ "a1,b[2-3]", NULL, { 4, 3, 5 }, 0, { 1, 2 }, true },
	{ "a1,c0", NULL, { 4, 3, 5 }, 0, { 0 }, false },
	{ "a[1-2]", "a3", { 3, 3, 5 }, 0, { 2, 0 }, true },
	{ NULL, NULL, { 4, 3, 5 }, 0, { 0 }, false },
};

START_TEST(test_counts)
{
	struct dsfit_site *site = site_of(SITE);
	struct dsfit_reach reach;
	const struct dsfit_node_class *class;

	ck_assert(!dsfit_reach_begin(&reach, site, counts[_i].named, counts[_i].excluded));
	class = reach.site->classes;
	for (int i = 0; i < 3; i++)
		ck_assert_uint_eq(class[i].count, counts[_i].count[i]);
	ck_assert_uint_eq(class[2].doubtful, counts[_i].doubtful);
	ck_assert(reach.site->doubtful == (counts[_i].doubtful > 0));
	ck_assert_uint_eq(class[0].listed, counts[_i].listed[0]);
	ck_assert_uint_eq(class[1].listed, counts[_i].listed[1]);
	ck_assert(reach.site->listed == counts[_i].known);
	dsfit_reach_end(&reach);
	ck_assert_uint_eq(site->classes[0].count, 4);
	dsfit_site_free(site);
}
END_TEST

/* Nothing is known of a list that takes too long for so many nodes. */
START_TEST(test_long_lists)
{
	struct dsfit_site *site = site_of("nodes \"a\" { names = {\"1[00000-19999]\"} " NODES
					  " }\n");
	struct dsfit_reach reach;
	char list[2048] = "1[00000";

	while (strlen(list) < sizeof(list) - 10)
		strcat(list, ",00000");
	strcat(list, "]");
	ck_assert(!dsfit_reach_begin(&reach, site, list, NULL));
	ck_assert(!reach.site->listed);
	ck_assert_uint_eq(reach.site->classes[0].listed, 0);
	dsfit_reach_end(&reach);
	ck_assert(!dsfit_reach_begin(&reach, site, NULL, list));
	ck_assert_uint_eq(reach.site->classes[0].count, 20000);
	ck_assert_uint_eq(reach.site->classes[0].doubtful, 20000);
	dsfit_reach_end(&reach);
	ck_assert(!dsfit_reach_begin(&reach, site, NULL, "1[00000,00001]"));
	ck_assert_uint_eq(reach.site->classes[0].count, 19998);
	dsfit_reach_end(&reach);
	dsfit_site_free(site);
}
END_TEST

START_TEST(test_wrong_names)
{
	static const struct {
		const char *keys, *line;
	} rows[] = {
		{ "names = {\"a[\"}", "names = a[: must be names of nodes as Slurm writes them: "
				      "a100-[0-3]" },
		{ "names = {\"a[0-3]\"} count = 3", "names are 4 nodes, but count is 3" },
		{ "names = {\"a[0-3]\"} count = 1", "names are 4 nodes, but count is 1" },
		{ "names = {\"a[0-1000000]\"}", "names are more than 1000000 nodes" },
	};
	char text[512];

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		struct dsfit_error err = { "" };

		snprintf(text, sizeof(text), "include(\"" TEST_CONF "/gpus.conf\")\n"
			 "nodes \"a\" { %s " NODES " }\n", rows[i].keys);
		ck_assert_ptr_null(dsfit_site_load(unit_write("site.conf", text), &err));
		ck_assert_msg(strstr(err.text, rows[i].line), "%s: %s", rows[i].keys, err.text);
	}
}
END_TEST

/* --- decisions -------------------------------------------------------------------------------- */

#define UNNAMED                                                                       \
	"mode = correct\n"                                                            \
	"nodes \"a\" { count = 4 " NODES " }\n"                                       \
	"nodes \"w\" { count = 4 gpu = rtx4090 gpus = 2 memory = 125GiB network = 25Gbps }\n"
/* Nodes with fewer GPUs of the same type. */
#define HALVES "nodes \"h\" { count = 2 gpu = a100 gpus = 2 memory = 512GiB }\n"
#define NAMED                                                                         \
	"mode = correct\n"                                                            \
	"nodes \"a\" { names = {\"a[0-3]\"} " NODES " }\n"                            \
	"nodes \"w\" { names = {\"w[0-3]\"} gpu = rtx4090 gpus = 2 memory = 125GiB "  \
	"network = 25Gbps }\n"

/* `to` is the correction; NULL: there is none. */
static const struct {
	const char *site, *model, *words, *to;
} decisions[] = {
	{ NAMED, "model=13B zero=3", "gpus-per-node=a100:4 nodes=1",
	  "-N 3 --gpus-per-node=a100:4" },
	{ NAMED, "model=13B zero=3", "gpus-per-node=a100:4 nodes=1 exclude=a0",
	  "-x a0 -N 3 --gpus-per-node=a100:4" },
	{ NAMED, "model=13B zero=3", "gpus-per-node=a100:4 nodes=1 exclude=a[0-1]", NULL },
	{ NAMED, "model=13B zero=3", "gpus=a100:4 exclude=a[0-1]", NULL },
	{ NAMED, "model=13B zero=3", "gpus-per-node=a100:4 nodes=1 exclude=w[0-3],x[0-9]",
	  "-x \"w[0-3],x[0-9]\" -N 3 --gpus-per-node=a100:4" },
	/* Nodes that may be any. */
	{ UNNAMED, "model=13B zero=3", "gpus-per-node=a100:4 nodes=1 exclude=n0",
	  "-x n0 -N 3 --gpus-per-node=a100:4" },
	{ UNNAMED, "model=13B zero=3", "gpus-per-node=a100:4 nodes=1 exclude=n[0-1]", NULL },
	{ UNNAMED, "model=13B zero=3", "gpus=a100:4 exclude=n[0-1]", NULL },
	/* What the user asked for stays his own. */
	{ UNNAMED, "model=7B zero=3 offload=cpu",
	  "gpus-per-node=a100:1 nodes=4 mem=20G exclude=n[0-1]",
	  "-x \"n[0-1]\" -N 4 --gpus-per-node=a100:1 --mem=60G" },
	/* A reservation may be of the small nodes. */
	{ NAMED, "model=7B zero=3 offload=cpu", "gpus-per-node=1 mem=20G",
	  "--gpus-per-node=a100:1 --mem=177G" },
	{ NAMED, "model=7B zero=3 offload=cpu", "gpus-per-node=1 mem=20G reservation=r", NULL },
	{ NAMED, "model=3B zero=3 offload=cpu", "gpus-per-node=1 mem=20G reservation=r",
	  "--reservation=r --gpus-per-node=1 --mem=79G" },
	{ UNNAMED, "model=7B zero=3 offload=cpu", "gpus-per-node=1 nodes=1 mem=20G nodelist=n0",
	  NULL },
	{ UNNAMED, "model=5B zero=3", "gpus-per-node=a100:2 nodes=1 nodelist=n0",
	  "-w n0 -N 1 --gpus-per-node=a100:4" },
	{ UNNAMED HALVES, "model=5B zero=3", "gpus-per-node=a100:2 nodes=1 nodelist=n0", NULL },
	{ UNNAMED HALVES, "model=5B zero=3", "gpus-per-node=a100:2 nodes=1 reservation=r", NULL },
	/* Nodes that are known. */
	{ NAMED HALVES, "model=5B zero=3", "gpus-per-node=a100:2 nodes=1 nodelist=a0",
	  "-w a0 -N 1 --gpus-per-node=a100:4" },
	{ NAMED, "model=7B zero=3 offload=cpu", "gpus-per-node=1 nodes=1 mem=20G nodelist=w0",
	  NULL },
	{ NAMED, "model=7B zero=3 offload=cpu", "gpus-per-node=1 nodes=1 mem=20G nodelist=a0",
	  "-w a0 -N 1 --gpus-per-node=1 --mem=177G" },
	{ NAMED, "model=13B zero=3", "gpus=a100:4 nodes=1 nodelist=a0", NULL },
};

/* Decide in what a job with these words can reach. */
static void decide_on(const struct dsfit_site *site, const char *model, const char *words,
		      struct dsfit_request *request, struct dsfit_decision *out)
{
	static const struct dsfit_gate gate = { .can_read = true, .can_rewrite = true,
						.own_form = DSFIT_FORM_NONE };
	struct dsfit_workload workload = train(site, model);
	char line[WORDS_MAX];
	struct dsfit_slurm_options options = words_options(words, line);
	struct dsfit_reach reach;

	*request = ask(words, &sbatch);
	ck_assert(!dsfit_reach_begin(&reach, site, options.text[SLURM_NODELIST],
				     options.text[SLURM_EXCLUDE]));
	dsfit_decide(reach.site, &workload, request, &gate, out);
	dsfit_reach_end(&reach);
}

START_TEST(test_decision)
{
	struct dsfit_site *site = site_of("%s", decisions[_i].site);
	const char *words = decisions[_i].words;
	struct dsfit_request request;
	struct dsfit_decision d;

	decide_on(site, decisions[_i].model, words, &request, &d);
	ck_assert_int_eq(d.action, decisions[_i].to ? DSFIT_CORRECT : DSFIT_REFUSE);
	if (decisions[_i].to)
		ck_assert_str_eq(say(&d.corrected.request), decisions[_i].to);
	dsfit_site_free(site);
}
END_TEST

/* An alternative that names or excludes nodes can run on what is left. */
START_TEST(test_alternatives)
{
	static const struct {
		const char *site, *model, *words, *first;
	} rows[] = {
		{ NAMED, "model=13B zero=3", "gpus=a100:4 exclude=a0",
		  "-x a0 --gpus=a100:12" },
		{ NAMED, "model=13B zero=3", "gpus=a100:4 reservation=r", "--gpus=a100:12" },
		{ NAMED, "model=7B zero=3 offload=cpu", "gpus-per-node=1 mem=20G reservation=r",
		  "--gpus-per-node=a100:1 --mem=177G" },
		/* No GPUs were asked for. */
		{ NAMED, "model=7B zero=3", "exclude=a[0-3]", NULL },
		{ NAMED, "model=7B zero=3 offload=cpu", "exclude=a[0-3]",
		  "-x \"a[0-3]\" -N 2 --gpus-per-node=rtx4090:1 --mem-per-gpu=97G" },
		{ NAMED, "model=3B zero=3 offload=cpu", "exclude=a[0-3]",
		  "-x \"a[0-3]\" -N 1 --gpus-per-node=rtx4090:1 --mem-per-gpu=79G" },
		{ NAMED, "model=7B zero=3 offload=cpu", "nodelist=w1 nodes=1",
		  "-N 1 --gpus-per-node=a100:1 --mem-per-gpu=177G" },
		{ NAMED, "model=7B zero=3 offload=cpu", "nodelist=a1 nodes=1",
		  "-w a1 -N 1 --gpus-per-node=a100:1 --mem-per-gpu=177G" },
		{ NAMED, "model=7B zero=3 offload=cpu", "reservation=r",
		  "-N 1 --gpus-per-node=a100:1 --mem-per-gpu=177G" },
		/* The reservation may be of nodes with fewer GPUs. */
		{ NAMED HALVES, "model=5B zero=3", "gpus-per-node=a100:2 nodes=1 reservation=r",
		  "-N 1 --gpus-per-node=a100:4" },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		struct dsfit_site *site = site_of("%s", rows[i].site);
		struct dsfit_request request;
		struct dsfit_decision d;
		bool sure;

		decide_on(site, rows[i].model, rows[i].words, &request, &d);
		sure = d.alternative_count && !d.alternatives[0].retrained;
		if (d.action == DSFIT_CORRECT)
			ck_assert_str_eq(say(&d.corrected.request), rows[i].first);
		else if (rows[i].first)
			ck_assert_str_eq(sure ? say(&d.alternatives[0].request) : "none",
					 rows[i].first);
		else
			ck_assert_msg(!sure, "%s", say(&d.alternatives[0].request));
		dsfit_site_free(site);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reach");

	add_loop(suite, "lists", test_list, DSFIT_ARRAY_SIZE(lists));
	add_loop(suite, "counts", test_counts, DSFIT_ARRAY_SIZE(counts));
	add_loop(suite, "decisions", test_decision, DSFIT_ARRAY_SIZE(decisions));
	add_all(suite, "reach", (const TTest *const[]){
		test_digits, test_work, test_long_lists, test_wrong_names, test_alternatives,
		NULL });
	return unit_run(suite);
}
