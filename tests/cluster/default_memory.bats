#!/usr/bin/env bats
# Memory that nobody asked for: each partition's default, as slurmctld has it, and a dsfit.conf that
# dsfit discover wrote.

load helpers

setup_file() {
	local conf=$BATS_FILE_TMPDIR/conf
	mkdir "$conf"
	cp "$root"/conf/*.conf "$BATS_RUN_TMPDIR"/conf/*.in "$conf"
	sed -i '/^PartitionName=/d' "$conf/slurm.conf.in"
	cat >>"$conf/slurm.conf.in" <<-'END'
		DefMemPerNode=50000
		PartitionName=gpu   Nodes=ALL Default=YES
		PartitionName=pgpu  Nodes=ALL DefMemPerGPU=100000
		PartitionName=pnode Nodes=ALL DefMemPerNode=100000
		PartitionName=pcpu  Nodes=ALL DefMemPerCPU=2000
	END
	export DSFIT_CLUSTER_DIR=$DSFIT_CLUSTER_DIR-default
	start_cluster both "$conf"
	{
		echo "mode = correct"
		on dsfit discover
	} | put_in_force "$conf/dsfit.conf"
}

# capacity PARTITION: the MiB a node that dsfit counts on.
capacity() {
	on dsfit size --model=13B --partition="$1" --nodes=1 --gpus-per-node=2 --gpu=a100 --json |
		jq '.host.capacity / 1048576'
}

@test "what dsfit counts on is what the job gets" {
	local partition
	for partition in gpu pgpu pnode; do
		run_sbatch -p "$partition" --gpus-per-node=a100:2 --output=job.out --wrap true
		completes "$job"
		[[ $(held "$job" TRES) =~ mem=([0-9]+)M, ]]
		is "${BASH_REMATCH[1]}" "$(capacity "$partition")"
	done
}

# default_of PARTITION OPTION UNITS: the partition's default is too little for what is offloaded,
# and is raised.
default_of() {
	run_sbatch_hold -p "$1" --ds-model=13B --ds-zero=3 --ds-offload=cpu \
		--gpus-per-node=a100:4 -N1 -c8
	submitted
	corrected
	matches "$new" '--mem'
	is "$(held_nodes "$job")" 1
}

@test "a default that is too little for what is offloaded is raised" {
	default_of gpu
	default_of pnode
	default_of pcpu
	default_of pnode,pgpu
}

@test "a default that is enough is left as it is" {
	run_sbatch_hold -p pgpu --ds-model=13B --ds-zero=3 --ds-offload=cpu \
		--gpus-per-node=a100:4 -N1 -c8
	submitted
	matches "$(said)" '^fits: '
}
