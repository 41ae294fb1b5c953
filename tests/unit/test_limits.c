/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Limits of partitions, QOS and associations: which of them a job has, and that no correction and
 * no alternative goes beyond them. */
#include "core/site/limits.h"

#include "core/base/size.h"
#include "core/decide/decide.h"
#include "core/say/say.h"
#include "tests/unit/jobs.h"

#define SITE                                                                          \
	"mode = correct\n"                                                            \
	"nodes \"a100\" { count = 4 gpu = a100 gpus = 4 memory = 512GiB network = 200Gbps }\n" \
	"nodes \"h100\" { count = 2 gpu = h100 gpus = 8 memory = 2048GiB network = 400Gbps }\n" \
	"partition \"gpu\" { default = true }\n"                                      \
	"partition \"narrow\" { max-nodes = 2 }\n"                                    \
	"qos \"normal\" { default = true max-gpus = 40 }\n"                           \
	"qos \"small\" { max-gpus = 4 }\n"                                            \
	"qos \"wide\" { max-gpus = 12 max-nodes = 3 }\n"                              \
	"qos \"zero\" { max-gpus = 0 }\n"                                             \
	"association \"phys\" { users = {anna, ben} max-gpus = 32 max-nodes = 10 }\n" \
	"association \"phys:ben\" { qos = wide }\n"                                   \
	"association \"bio\" { users = {cleo} qos = small }\n"

static const uint64_t no = UINT64_MAX;

static struct dsfit_limits limits_of(const struct dsfit_site *site, const char *partitions,
				     const char *qos, const struct dsfit_who *who)
{
	const struct dsfit_standing standing = dsfit_site_standing(site, qos, who);

	return dsfit_site_limits(site, partitions, &standing);
}

static const struct {
	const char *qos, *user, *account;
	uint64_t gpus, nodes;
} rows[] = {
	/* A QOS that was named, that is the default, or that the configuration does not have. */
	{ "", NULL, NULL, 40, UINT64_MAX },
	{ NULL, NULL, NULL, 40, UINT64_MAX },
	{ "small", NULL, NULL, 4, UINT64_MAX },
	{ "SMALL", NULL, NULL, 4, UINT64_MAX },
	{ "smaller", NULL, NULL, UINT64_MAX, UINT64_MAX },
	{ "sma", NULL, NULL, UINT64_MAX, UINT64_MAX },
	{ "wide", NULL, NULL, 12, 3 },
	{ "zero", NULL, NULL, 0, UINT64_MAX },
	{ "large,wide", NULL, NULL, 12, 3 },
	{ "wide,small", NULL, NULL, 4, 3 },
	/* An account that was named, or that is the user's default. */
	{ "large", "dora", "phys", 32, 10 },
	{ "large", "dora", "PHYS", 32, 10 },
	{ "large", NULL, "phys", 32, 10 },
	{ "large", "anna", NULL, 32, 10 },
	{ "large", "anna", "", 32, 10 },
	/* What its QOS limits, too, is the QOS's to say. */
	{ "", "anna", NULL, 40, 10 },
	{ "", "anna", "chem", 40, UINT64_MAX },
	{ "", "dora", NULL, 40, UINT64_MAX },
	{ "small", "anna", NULL, 4, 10 },
	/* A user's own section takes the place of his account's. */
	{ "", "ben", NULL, 12, 3 },
	{ "normal", "ben", NULL, 40, UINT64_MAX },
	{ "", "ben", "bio", 4, UINT64_MAX },
	/* A default QOS of the account. */
	{ "", "cleo", NULL, 4, UINT64_MAX },
	{ "normal", "cleo", NULL, 40, UINT64_MAX },
};

START_TEST(test_whose)
{
	struct dsfit_site *site = site_of(SITE);
	const struct dsfit_who who = { .user = rows[_i].user, .account = rows[_i].account };
	struct dsfit_limits limits = limits_of(site, "", rows[_i].qos, &who);

	ck_assert_uint_eq(limits.gpus, rows[_i].gpus);
	ck_assert_uint_eq(limits.nodes, rows[_i].nodes);
	dsfit_site_free(site);
}
END_TEST

static void decide_on(const struct dsfit_site *site, const char *model, const char *words,
		      const struct dsfit_who *who, struct dsfit_decision *out)
{
	const struct dsfit_gate gate = { .can_read = true, .can_rewrite = true, .who = who,
					 .own_form = DSFIT_FORM_NONE };
	struct dsfit_workload workload = train(site, model);
	struct dsfit_request request = ask(words, &sbatch);

	dsfit_decide(site, &workload, &request, &gate, out);
}

/* --- what overrides what --------------------------------------------------------------------- */

static const struct {
	/* The QOS "job" of the job, "part" of its partition, and the association of its account. */
	const char *job, *part, *account;
	uint64_t gpus, nodes, a100;
} orders[] = {
	/* Of a job's own limits the first one that is set counts, even if it is looser. */
	{ "max-gpus = 16", "", "max-gpus = 4", 16, UINT64_MAX, UINT64_MAX },
	{ "max-gpus = 4", "", "max-gpus = 16", 4, UINT64_MAX, UINT64_MAX },
	{ "", "max-gpus = 16", "max-gpus = 4", 16, UINT64_MAX, UINT64_MAX },
	{ "max-gpus = 4", "max-gpus = 16", "max-gpus = 2", 16, UINT64_MAX, UINT64_MAX },
	{ "max-gpus = 0", "", "max-gpus = 4", 0, UINT64_MAX, UINT64_MAX },
	/* Each number on its own. */
	{ "max-nodes = 3", "", "max-gpus = 4 max-nodes = 2", 4, 3, UINT64_MAX },
	{ "max-gpus-of = {\"a100=8\"}", "", "max-gpus-of = {\"a100=2\"} max-gpus = 6", 6,
	  UINT64_MAX, 8 },
	{ "max-gpus = 16", "", "max-gpus-of = {\"a100=2\"}", 16, UINT64_MAX, 2 },
	{ "", "max-gpus-of = {\"a100=8\"}", "max-gpus-of = {\"a100=2\"}", UINT64_MAX, UINT64_MAX,
	  8 },
	/* The flag OverPartQOS. */
	{ "over-part-qos = true max-gpus = 4", "max-gpus = 16 max-nodes = 2", "", 4, 2,
	  UINT64_MAX },
	/* Each kind overrides only its own. */
	{ "max-gpus = 16", "", "grp-gpus = 4", 4, UINT64_MAX, UINT64_MAX },
	{ "grp-gpus = 16", "", "max-gpus = 4", 4, UINT64_MAX, UINT64_MAX },
	{ "grp-gpus = 16", "", "grp-gpus = 4", 16, UINT64_MAX, UINT64_MAX },
	{ "grp-nodes = 8", "grp-nodes = 9", "grp-nodes = 4", UINT64_MAX, 9, UINT64_MAX },
	{ "max-gpus-per-user = 8", "max-gpus-per-account = 16", "max-gpus = 12", 8, UINT64_MAX,
	  UINT64_MAX },
	{ "max-gpus-per-user = 8", "max-gpus-per-user = 16", "max-gpus = 12", 12, UINT64_MAX,
	  UINT64_MAX },
	{ "max-gpus-per-account = 8", "max-gpus-per-account = 16", "", 16, UINT64_MAX, UINT64_MAX },
	{ "max-nodes-per-user = 3", "max-nodes-per-account = 4", "", UINT64_MAX, 3, UINT64_MAX },
	{ "max-gpus-of-per-user = {\"a100=3\"}", "max-gpus-of-per-account = {\"a100=4\"}",
	  "grp-gpus-of = {\"a100=5\"}", UINT64_MAX, UINT64_MAX, 3 },
	/* A LimitFactor changes the numbers of associations alone. */
	{ "limit-factor = 2", "", "max-gpus = 4 grp-nodes = 3", 8, 6, UINT64_MAX },
	{ "limit-factor = 2 max-gpus = 5", "", "max-gpus = 4 max-gpus-of = {\"a100=3\"}", 5,
	  UINT64_MAX, 6 },
	{ "limit-factor = 0.5", "", "max-gpus = 5", 2, UINT64_MAX, UINT64_MAX },
	{ "limit-factor = 0", "", "max-gpus = 5", 5, UINT64_MAX, UINT64_MAX },
	{ "limit-factor = 2", "", "max-gpus-of = {\"a100=9223372036854775807\"}", UINT64_MAX,
	  UINT64_MAX, UINT64_MAX },
	{ "limit-factor = 3", "limit-factor = 2", "max-gpus = 4 max-nodes = 2", 8, 4, UINT64_MAX },
	/* That of the second is forgotten for nodes. */
	{ "limit-factor = 3", "max-gpus-per-user = 99", "max-gpus = 4 max-nodes = 2", 12, 2,
	  UINT64_MAX },
	{ "limit-factor = 0.5", "max-gpus-per-user = 99", "max-nodes = 2", 99, 1, UINT64_MAX },
};

START_TEST(test_order)
{
	struct dsfit_site *site = site_of("partition \"p\" { default = true %s }\n"
					  "qos \"job\" { %s }\nqos \"part\" { %s }\n"
					  "association \"a\" { %s }\n",
					  orders[_i].part[0] ? "qos = part" : "",
					  orders[_i].job, orders[_i].part, orders[_i].account);
	const struct dsfit_who who = { .account = "a" };
	struct dsfit_limits limits = limits_of(site, "", "job", &who);

	ck_assert_uint_eq(limits.gpus, orders[_i].gpus);
	ck_assert_uint_eq(limits.nodes, orders[_i].nodes);
	ck_assert_uint_eq(dsfit_limit_of_type(&limits, "a100"), orders[_i].a100);
	dsfit_site_free(site);
}
END_TEST

/* A job that names several partitions or QOS may get any of them. */
START_TEST(test_several)
{
	struct dsfit_site *site = site_of(
		"partition \"one\" { qos = tight }\npartition \"two\" { qos = loose }\n"
		"partition \"three\" { default = true qos = unknown }\n"
		"qos \"tight\" { max-gpus = 2 }\nqos \"loose\" { max-gpus = 20 max-nodes = 5 }\n"
		"qos \"job\" { max-gpus = 8 max-nodes = 9 }\nqos \"more\" { max-nodes = 4 }\n");
	static const struct {
		const char *partitions, *qos;
		uint64_t gpus, nodes;
	} several[] = {
		{ "one", "job", 2, 9 }, { "two", "job", 20, 5 }, { "one,two", "job", 2, 5 },
		{ "three", "job", 8, 9 }, { NULL, "job", 8, 9 }, { "other", "job", 8, 9 },
		{ "two,three", "job", 8, 5 }, { "three", "job,more", 8, 4 },
		{ "one", "job,more", 2, 4 }, { "one", "tight", 2, UINT64_MAX },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(several); i++) {
		struct dsfit_limits limits = limits_of(site, several[i].partitions, several[i].qos,
						       NULL);

		ck_assert_uint_eq(limits.gpus, several[i].gpus);
		ck_assert_uint_eq(limits.nodes, several[i].nodes);
	}
	dsfit_site_free(site);
}
END_TEST

/* MaxNodes of the partition holds whatever a QOS allows, unless that has the flag
 * PartitionMaxNodes and the request says on how many nodes. */
START_TEST(test_max_nodes)
{
	static const char text[] =
		"mode = correct\n"
		"nodes \"a100\" { count = 9 gpu = a100 gpus = 4 network = 200Gbps }\n"
		"partition \"p\" { default = true max-nodes = 2 }\n"
		"qos \"loose\" { max-nodes = 8 }\n"
		"qos \"over\" { partition-max-nodes = true max-nodes = 8 }\n"
		"qos \"bare\" { partition-max-nodes = true }\n";
	struct dsfit_site *site = site_of(text), *bound = site_of("max-nodes = 5\n%s", text);
	struct dsfit_decision d;

	decide_on(site, "model=13B zero=3", "gpus-per-node=a100:4 nodes=1 qos=loose", NULL, &d);
	ck_assert_uint_eq(d.limits.nodes, 2);
	ck_assert_int_eq((int)d.action, DSFIT_REFUSE);
	decide_on(site, "model=13B zero=3", "gpus-per-node=a100:4 nodes=1 qos=over", NULL, &d);
	ck_assert_uint_eq(d.limits.nodes, 8);
	ck_assert_int_eq((int)d.action, DSFIT_CORRECT);
	ck_assert_uint_eq(d.corrected.request.nodes_min, 3);
	decide_on(site, "model=13B zero=3", "qos=over", NULL, &d);
	ck_assert_uint_eq(d.limits.nodes, 8);
	decide_on(site, "model=13B zero=3", "gpus=a100:4 qos=over", NULL, &d);
	ck_assert_uint_eq(d.limits.nodes, 2);
	decide_on(site, "model=13B zero=3", "gpus-per-node=a100:4 nodes=1 qos=over,loose", NULL,
		  &d);
	ck_assert_uint_eq(d.limits.nodes, 2);
	decide_on(site, "model=13B zero=3", "gpus-per-node=a100:4 nodes=1 qos=bare", NULL, &d);
	ck_assert_uint_eq(d.limits.nodes, no);
	/* The site's own limit is no partition's. */
	decide_on(bound, "model=13B zero=3", "gpus-per-node=a100:4 nodes=1 qos=over", NULL, &d);
	ck_assert_uint_eq(d.limits.nodes, 5);
	dsfit_site_free(site);
	dsfit_site_free(bound);
}
END_TEST

/* A job that goes to another partition has the limits of that one's QOS, and a plan does. */
START_TEST(test_other_qos)
{
	static const char text[] =
		"mode = correct\n"
		"nodes \"a100\" { count = 4 gpu = a100 gpus = 4 partitions = {gpu} }\n"
		"nodes \"a100x\" { count = 4 gpu = a100_80g gpus = 4 network = 200Gbps "
		"partitions = {other} }\n"
		"partition \"gpu\" { default = true qos = here }\n"
		"partition \"other\" { qos = there }\n"
		"qos \"normal\" { default = true max-gpus = 1 }\n"
		"qos \"here\" { max-gpus = 2 }\n";
	struct dsfit_site *tight = site_of("%sqos \"there\" { max-gpus = 4 }\n", text);
	struct dsfit_site *loose = site_of("%sqos \"there\" { max-gpus = 16 }\n", text);
	struct dsfit_site *typed = site_of("%sqos \"there\" { max-gpus = 16 max-gpus-of = "
					   "{\"a100_80g=4\"} }\n", text);
	struct dsfit_decision d;

	for (int i = 0; i < 2; i++) {
		const char *words = i ? "" : "gpus-per-node=1 nodes=1";

		decide_on(loose, "model=30B zero=3", words, NULL, &d);
		ck_assert_int_eq((int)d.action, DSFIT_CORRECT);
		ck_assert_str_eq(d.corrected.request.partition, "other");
		ck_assert_uint_gt(d.corrected.assessment.layout.gpus, 4);
		decide_on(tight, "model=30B zero=3", words, NULL, &d);
		ck_assert_int_eq((int)d.action, DSFIT_REFUSE);
		decide_on(typed, "model=30B zero=3", words, NULL, &d);
		ck_assert_int_eq((int)d.action, DSFIT_REFUSE);
	}
	dsfit_site_free(tight);
	dsfit_site_free(loose);
	dsfit_site_free(typed);
}
END_TEST

START_TEST(test_nobody)
{
	struct dsfit_site *site = site_of(SITE), *bare = site_of("mode = correct\n");
	struct dsfit_limits limits = limits_of(site, "", "", NULL);

	ck_assert_uint_eq(limits.gpus, 40);
	limits = limits_of(bare, "", "small", NULL);
	ck_assert_uint_eq(limits.gpus, no);
	ck_assert_uint_eq(limits.nodes, no);
	dsfit_site_free(site);
	dsfit_site_free(bare);
}
END_TEST

/* What is corrected, and what is offered, keeps to the limits of the job. */
START_TEST(test_bound)
{
	static const char *const models[] = {
		"model=7B zero=3", "model=13B zero=3", "model=30B zero=3", "model=70B zero=3",
	};
	static const char *const words[] = {
		"", "gpus-per-node=a100:1 nodes=1", "gpus-per-node=a100:4 nodes=1", "gpus=2",
		"gpus-per-node=h100:1", "exclusive=exclusive nodes=1",
	};
	static const char *const qos[] = { "small", "wide", "zero" };
	static const char *const partitions[] = { "", "narrow" };
	struct dsfit_site *site = site_of(SITE);
	size_t corrected = 0, offered = 0;

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(models) * DSFIT_ARRAY_SIZE(words) *
			       DSFIT_ARRAY_SIZE(qos) * DSFIT_ARRAY_SIZE(partitions); i++) {
		size_t rest = i / DSFIT_ARRAY_SIZE(models);
		const char *partition = partitions[rest / DSFIT_ARRAY_SIZE(words) /
						   DSFIT_ARRAY_SIZE(qos)];
		struct dsfit_limits limits;
		struct dsfit_decision d;
		char line[256];

		snprintf(line, sizeof(line), "%s qos=%s%s%s", words[rest % DSFIT_ARRAY_SIZE(words)],
			 qos[rest / DSFIT_ARRAY_SIZE(words) % DSFIT_ARRAY_SIZE(qos)],
			 *partition ? " partition=" : "", partition);
		decide_on(site, models[i % DSFIT_ARRAY_SIZE(models)], line, NULL, &d);
		limits = limits_of(site, partition, d.asked.qos, NULL);
		/* The user's own numbers stay. */
		limits.gpus = dsfit_max(limits.gpus, d.assessment.layout.gpus);
		limits.nodes = dsfit_max(dsfit_min(limits.nodes, *partition ? 2 : no),
					 d.assessment.layout.nodes);
		if (d.action == DSFIT_CORRECT) {
			ck_assert_uint_le(d.corrected.assessment.layout.gpus, limits.gpus);
			ck_assert_uint_le(d.corrected.assessment.layout.nodes, limits.nodes);
			ck_assert_str_eq(d.corrected.request.qos, d.asked.qos);
			corrected++;
		}
		for (size_t j = 0; j < d.alternative_count; j++, offered++) {
			ck_assert_uint_le(d.alternatives[j].assessment.layout.gpus, limits.gpus);
			ck_assert_uint_le(d.alternatives[j].assessment.layout.nodes,
					  limits.nodes);
		}
	}
	ck_assert_uint_gt(corrected, 10);
	ck_assert_uint_gt(offered, 10);
	dsfit_site_free(site);
}
END_TEST

/* The same job with and without the limit, and with that of its user. */
START_TEST(test_correction)
{
	const struct dsfit_who cleo = { .user = "cleo" };
	struct dsfit_site *site = site_of(SITE);
	struct dsfit_decision d;

	decide_on(site, "model=13B zero=3", "gpus-per-node=a100:4 nodes=1", NULL, &d);
	ck_assert_int_eq((int)d.action, DSFIT_CORRECT);
	ck_assert_str_eq(say(&d.corrected.request), "-N 3 --gpus-per-node=a100:4");
	decide_on(site, "model=13B zero=3", "gpus-per-node=a100:4 nodes=1 qos=wide", NULL, &d);
	ck_assert_str_eq(say(&d.corrected.request), "--qos=wide -N 3 --gpus-per-node=a100:4");
	decide_on(site, "model=13B zero=3", "gpus-per-node=a100:4 nodes=1 qos=small", NULL, &d);
	ck_assert_int_eq((int)d.action, DSFIT_REFUSE);
	decide_on(site, "model=13B zero=3", "gpus-per-node=a100:4 nodes=1", &cleo, &d);
	ck_assert_int_eq((int)d.action, DSFIT_REFUSE);
	decide_on(site, "model=13B zero=3", "gpus-per-node=a100:4 nodes=1 partition=narrow", NULL,
		  &d);
	ck_assert_int_eq((int)d.action, DSFIT_REFUSE);
	/* A request that fits is nobody's business but Slurm's. */
	decide_on(site, "model=13B zero=3", "gpus-per-node=a100:4 nodes=3 qos=small", NULL, &d);
	ck_assert_int_eq((int)d.action, DSFIT_PASS);
	dsfit_site_free(site);
}
END_TEST

/* Where a limit may be why nothing fits, it is said. */
START_TEST(test_said)
{
	struct dsfit_site *site = site_of(SITE);
	struct dsfit_workload workload = train(site, "model=30B zero=3");
	struct dsfit_decision d;
	const struct dsfit_say words = { .site = site, .workload = &workload, .decision = &d,
					 .write_request = dsfit_request_text, .prefix = "--ds-" };
	char *text;

	decide_on(site, "model=30B zero=3", "gpus-per-node=a100:4 nodes=1 qos=wide", NULL, &d);
	text = dsfit_say_decision(&words);
	unit_assert_has(text, "refused: ");
	unit_assert_has(text, "\n  most GPUs of this job: 12 (limit of its partition, QOS or "
			"association)\n  most nodes of this job: 3 (limit of its partition, QOS or "
			"association)\n");
	free(text);
	d.limits.type_count = 1;
	d.limits.of_type[0] = (struct dsfit_type_limit){ "a100", 8 };
	text = dsfit_say_decision(&words);
	unit_assert_has(text, "\n  most a100 GPUs of this job: 8 (limit of its QOS or "
			"association)\n");
	free(text);
	/* Without limits there is no word of them. */
	decide_on(site, "model=30B zero=3", "gpus-per-node=a100:1 nodes=1 ntasks=1 qos=large", NULL,
		  &d);
	text = dsfit_say_decision(&words);
	ck_assert_ptr_null(strstr(text, "of this job"));
	free(text);
	dsfit_site_free(site);
}
END_TEST

/* A job may go to another partition only as far as that one's limits go. */
START_TEST(test_other_partition)
{
	static const char nodes[] =
		"mode = correct\n"
		"nodes \"a100\" { count = 4 gpu = a100 gpus = 4 partitions = {gpu} }\n"
		"nodes \"a100x\" { count = 4 gpu = a100_80g gpus = 4 network = 200Gbps "
		"partitions = {other} }\n"
		"partition \"gpu\" { default = true }\n";
	struct dsfit_site *narrow = site_of("%spartition \"other\" { max-nodes = 1 }\n", nodes);
	struct dsfit_site *wide = site_of("%spartition \"other\" { max-nodes = 2 }\n", nodes);
	struct dsfit_decision d;

	decide_on(wide, "model=30B zero=3", "gpus-per-node=4 nodes=2", NULL, &d);
	ck_assert_int_eq((int)d.action, DSFIT_CORRECT);
	ck_assert_str_eq(d.corrected.request.partition, "other");
	decide_on(narrow, "model=30B zero=3", "gpus-per-node=4 nodes=2", NULL, &d);
	ck_assert_int_eq((int)d.action, DSFIT_REFUSE);
	dsfit_site_free(narrow);
	dsfit_site_free(wide);
}
END_TEST

/* A limit of one GPU type leaves the others free. */
START_TEST(test_types)
{
	struct dsfit_site *site = site_of(SITE "qos \"some\" { max-gpus-of = {\"a100=8\"} }\n"
					       "qos \"none\" { max-gpus-of = {\"h100=0\", "
					       "\"a100=4\"} }\n"
					       "association \"few\" { max-gpus-of = "
					       "{\"a100=2\"} }\n");
	const struct dsfit_who few = { .account = "few" };
	struct dsfit_limits limits = limits_of(site, "", "some,none,large", &few);
	struct dsfit_decision d;

	ck_assert_uint_eq(dsfit_limit_of_type(&limits, "a100"), 2);
	ck_assert_uint_eq(dsfit_limit_of_type(&limits, "h100"), 0);
	ck_assert_uint_eq(dsfit_limit_of_type(&limits, "h200"), UINT64_MAX);
	ck_assert_uint_eq(dsfit_limit_of_type(NULL, "a100"), UINT64_MAX);
	decide_on(site, "model=13B zero=3", "gpus-per-node=a100:4 nodes=1 qos=some", NULL, &d);
	ck_assert_int_eq((int)d.action, DSFIT_REFUSE);
	ck_assert_uint_gt(d.alternative_count, 0);
	ck_assert_str_eq(d.alternatives[0].request.gpu_type, "h100");
	decide_on(site, "model=13B zero=3", "qos=some", NULL, &d);
	ck_assert_str_eq(d.corrected.request.gpu_type, "h100");
	decide_on(site, "model=13B zero=3", "qos=none", NULL, &d);
	ck_assert_int_eq((int)d.action, DSFIT_REFUSE);
	/* What the user asked for himself may still get memory. */
	decide_on(site, "model=13B zero=3", "gpus-per-node=a100:4 nodes=3 mem=1G qos=some", NULL,
		  &d);
	ck_assert_int_eq((int)d.action, DSFIT_CORRECT);
	ck_assert_uint_eq(d.corrected.request.nodes_min, 3);
	dsfit_site_free(site);
}
END_TEST

/* Limits of more types than there is room for limit all GPUs. */
START_TEST(test_many_types)
{
	struct dsfit_limits limits = DSFIT_UNLIMITED;
	char type[2 * DSFIT_NAME_MAX];

	for (unsigned i = 0; i < DSFIT_TYPE_LIMITS; i++) {
		snprintf(type, sizeof(type), "type%u", i);
		dsfit_limit_type(&limits, type, i);
		ck_assert_uint_eq(limits.gpus, UINT64_MAX);
	}
	dsfit_limit_type(&limits, "type3", 9);
	ck_assert_uint_eq(dsfit_limit_of_type(&limits, "type3"), 3);
	dsfit_limit_type(&limits, "more", 7);
	ck_assert_uint_eq(limits.gpus, 7);
	memset(type, 'x', sizeof(type) - 1);
	type[sizeof(type) - 1] = '\0';
	limits = (struct dsfit_limits)DSFIT_UNLIMITED;
	dsfit_limit_type(&limits, type, 5);
	ck_assert_uint_eq(limits.gpus, 5);
}
END_TEST

static const struct {
	const char *text, *wrong;
} wrongs[] = {
	{ "qos \"a\" { max-gpus-of = {a100} }\n", "max-gpus-of = a100: must be \"TYPE=NUMBER\"" },
	{ "qos \"a\" { max-gpus-of = {\"a100=\"} }\n", "must be \"TYPE=NUMBER\"" },
	{ "association \"a\" { max-gpus-of = {\"=4\"} }\n", "must be \"TYPE=NUMBER\"" },
	{ "association \":anna\" { }\n", "must be \"ACCOUNT\" or \"ACCOUNT:USER\"" },
	{ "association \"phys:\" { }\n", "must be \"ACCOUNT\" or \"ACCOUNT:USER\"" },
	{ "association \"\" { }\n", "must be \"ACCOUNT\" or \"ACCOUNT:USER\"" },
	{ "association \"0123456789012345678901234567890123456789012345678901234567890123\" { }\n",
	  "a name has at most 63 characters" },
	{ "association \"012345678901234567890123456789012345678901234567890123456789012345678901"
	  "23456789012345678901234567890123456789012345678901234567890123456789\" { }\n",
	  "the title is too long" },
	{ "qos \"a\" { max-gpus = some }\n", "max-gpus" },
	{ "qos \"a\" { grp-gpus-of = {a100} }\n", "grp-gpus-of = a100: must be \"TYPE=NUMBER\"" },
	{ "qos \"a\" { limit-factor = much }\n", "limit-factor" },
	{ "qos \"a\" { limit-factor = -1 }\n", "limit-factor" },
	{ "association \"a\" { max-gpus-per-user = 4 }\n", "max-gpus-per-user" },
	{ "qos \"a\" { }\nqos \"a\" { }\n", "a" },
	{ "qos \"\" { }\n", "qos \"\": the title must be one name" },
};

START_TEST(test_wrong)
{
	struct dsfit_error err = { "" };

	ck_assert_ptr_null(dsfit_site_load(unit_write("s.conf", wrongs[_i].text), &err));
	unit_assert_has(err.text, "s.conf:");
	unit_assert_has(err.text, wrongs[_i].wrong);
}
END_TEST

/* What the limits were counted for is in each request to type. */
START_TEST(test_account_kept)
{
	struct dsfit_site *site = site_of(SITE);
	struct dsfit_decision d;

	decide_on(site, "model=30B zero=3", "gpus=a100:2 qos=wide account=phys", NULL, &d);
	ck_assert_uint_ge(d.alternative_count, 1);
	for (size_t i = 0; i < d.alternative_count; i++)
		unit_assert_begins(say(&d.alternatives[i].request), "--qos=wide -A phys ");
	decide_on(site, "model=7B zero=3", "qos=wide account=phys", NULL, &d);
	unit_assert_begins(say(&d.corrected.request), "--qos=wide -A phys ");
	dsfit_site_free(site);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("limits");

	add_loop(suite, "whose", test_whose, DSFIT_ARRAY_SIZE(rows));
	add_loop(suite, "order", test_order, DSFIT_ARRAY_SIZE(orders));
	add_loop(suite, "wrong", test_wrong, DSFIT_ARRAY_SIZE(wrongs));
	add_all(suite, "decisions", (const TTest *const[]){
		test_nobody, test_bound, test_correction, test_said, test_other_partition,
		test_types, test_many_types, test_several, test_max_nodes, test_other_qos,
		test_account_kept, NULL,
	});
	return unit_run(suite);
}
