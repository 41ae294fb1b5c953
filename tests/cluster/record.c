/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record: what slurmctld answers "dsfit discover", for tests/unit/test_cluster.c to answer in its
 * place. Prints the fields of libslurm's structures that cli/cluster.c and cli/accounting.c read, as
 * they are: a line for the configuration, for each node, for each partition, and with accounting for
 * each TRES, QOS and association, of words NAME=VALUE. Limits are INDEX:NUMBER, where there are any. A text that is
 * NULL has no word. tests/data/slurmctld/README says how the files there were made.
 */
#include <inttypes.h>
#include <slurm/slurm.h>
#include <slurm/slurmdb.h>
#include <stdio.h>

static void put_text(const char *name, const char *text)
{
	if (text)
		printf(" %s=%s", name, text);
}

static void put_number(const char *name, uint64_t number)
{
	printf(" %s=%" PRIu64, name, number);
}

static void put_defaults(void *list)
{
	__typeof__(slurm_list_iterator_create(NULL)) at;
	const job_defaults_t *one;

	if (!list)
		return;
	at = slurm_list_iterator_create(list);
	while ((one = slurm_list_next(at)))
		printf(" default=%u:%" PRIu64, one->type, one->value);
	slurm_list_iterator_destroy(at);
}

static void put_conf(const slurm_conf_t *conf)
{
	printf("conf");
	put_text("cluster_name", conf->cluster_name);
	put_text("version", conf->version);
	put_text("preempt_type", conf->preempt_type);
	put_number("preempt_mode", conf->preempt_mode);
	put_number("def_mem_per_cpu", conf->def_mem_per_cpu);
	put_number("accounting_storage_enforce", conf->accounting_storage_enforce);
	put_defaults(conf->job_defaults_list);
	printf("\n");
}

static void put_node(const node_info_t *node)
{
	printf("node");
	put_text("name", node->name);
	put_text("gres", node->gres);
	put_text("features", node->features);
	put_number("cpus", node->cpus);
	put_number("cpus_efctv", node->cpus_efctv);
	put_number("real_memory", node->real_memory);
	put_number("mem_spec_limit", node->mem_spec_limit);
	put_number("tmp_disk", node->tmp_disk);
	put_number("node_state", node->node_state);
	printf("\n");
}

static void put_partition(const partition_info_t *partition)
{
	printf("partition");
	put_text("name", partition->name);
	put_number("flags", partition->flags);
	put_number("preempt_mode", partition->preempt_mode);
	put_number("priority_tier", partition->priority_tier);
	put_number("def_mem_per_cpu", partition->def_mem_per_cpu);
	put_number("max_nodes", partition->max_nodes);
	put_text("qos_char", partition->qos_char);
	for (const int32_t *at = partition->node_inx; at && *at >= 0; at += 2)
		printf(" nodes=%d-%d", at[0], at[1]);
	put_defaults(partition->job_defaults_list);
	printf("\n");
}

static void put_limits(const char *name, const uint64_t *limits, uint32_t count)
{
	for (uint32_t i = 0; limits && i < count; i++)
		if (limits[i] != INFINITE64)
			printf(" %s=%u:%" PRIu64, name, i, limits[i]);
}

static void put_qos(const slurmdb_qos_rec_t *qos, uint32_t count)
{
	printf("qos");
	put_text("name", qos->name);
	put_number("id", qos->id);
	put_limits("grp_tres", qos->grp_tres_ctld, count);
	put_limits("max_tres_pa", qos->max_tres_pa_ctld, count);
	put_limits("max_tres_pj", qos->max_tres_pj_ctld, count);
	put_limits("max_tres_pu", qos->max_tres_pu_ctld, count);
	printf("\n");
}

static void put_association(const slurmdb_assoc_rec_t *one, uint32_t count)
{
	printf("association");
	put_text("acct", one->acct);
	put_text("user", one->user);
	put_text("partition", one->partition);
	put_number("id", one->id);
	put_number("parent_id", one->parent_id);
	put_number("def_qos_id", one->def_qos_id);
	put_number("is_def", one->is_def);
	put_limits("grp_tres", one->grp_tres_ctld, count);
	put_limits("max_tres", one->max_tres_ctld, count);
	printf("\n");
}

static void put_accounting(const assoc_mgr_info_msg_t *info)
{
	__typeof__(slurm_list_iterator_create(NULL)) at;
	const void *one;

	for (uint32_t i = 0; i < info->tres_cnt; i++)
		printf("tres name=%s\n", info->tres_names[i]);
	at = slurm_list_iterator_create(info->qos_list);
	while ((one = slurm_list_next(at)))
		put_qos(one, info->tres_cnt);
	slurm_list_iterator_destroy(at);
	at = slurm_list_iterator_create(info->assoc_list);
	while ((one = slurm_list_next(at)))
		put_association(one, info->tres_cnt);
	slurm_list_iterator_destroy(at);
}

int main(void)
{
	assoc_mgr_info_request_msg_t request = {
		.flags = ASSOC_MGR_INFO_FLAG_ASSOC | ASSOC_MGR_INFO_FLAG_QOS,
	};
	assoc_mgr_info_msg_t *accounting = NULL;
	partition_info_msg_t *partitions = NULL;
	node_info_msg_t *nodes = NULL;
	slurm_conf_t *conf = NULL;

	slurm_init(NULL);
	if (slurm_load_ctl_conf(0, &conf) || slurm_load_node(0, &nodes, SHOW_ALL) ||
	    slurm_load_partitions(0, &partitions, SHOW_ALL)) {
		slurm_perror("record");
		return 1;
	}
	put_conf(conf);
	for (uint32_t i = 0; i < nodes->record_count; i++)
		put_node(&nodes->node_array[i]);
	for (uint32_t i = 0; i < partitions->record_count; i++)
		put_partition(&partitions->partition_array[i]);
	if (!conf->accounting_storage_enforce)
		return 0;
	if (slurm_load_assoc_mgr_info(&request, &accounting)) {
		slurm_perror("record");
		return 1;
	}
	put_accounting(accounting);
	return 0;
}
