#!/usr/bin/env bats
# dsfit discover: the live cluster as configuration.

load helpers

# discover: writes what dsfit finds into ./found/dsfit.conf, with no catalogue beside it, and checks
# that it is sound.
discover() {
	mkdir -p found
	run_on dsfit discover --conf="$root/conf/dsfit.conf"
	is "$status" 0
	is "$stderr" ''
	printf '%s\n' "$output" >found/dsfit.conf
	run_on dsfit check --conf="$PWD/found/dsfit.conf"
	is "$status" 0
}

# facts FILE: the facts of a configuration's classes and partitions that Slurm knows of, in one
# order and one notation.
facts() {
	sed 's/[[:space:]]*#.*//; s/"//g' "$1" | awk '
		/^(nodes|partition) / { section = $1 " " $2 }
		section && /=/ && !/network|price|mode|undeclared/ {
			gsub(/[ \t]/, ""); print section, $0
		}
		/^(nodes|partition) / { print section }
		/^}/ { section = "" }' | sort
}

@test "the demo's node classes, and they are sound" {
	discover
	is "$(facts found/dsfit.conf)" "$(facts "$root/conf/dsfit.conf")"
	# What Slurm does not know is for the administrator to say.
	is "$(grep -c '^#	network = ' found/dsfit.conf)" 5
	is "$(grep -c '^#	price = ' found/dsfit.conf)" 5
	matches "$output" '5 node classes, 3 partitions'
}

@test "an ambiguous name is said to be ambiguous" {
	discover
	matches "$(cat found/dsfit.conf)" 'a100 can be A100 40GB or A100 80GB; dsfit assumes'
	lacks "$(cat found/dsfit.conf)" 'rtx4090 can be|h100 can be'
}

@test "jobs are sized alike by what was found" {
	local first
	discover
	run_on dsfit size --model=13B --zero=3 --gpu=a100 --nodes=2 --gpus-per-node=4 --json
	first=$(jq -c '[.gpu, .host.capacity, .verdict.gpu]' <<<"$output")
	run_on dsfit size --conf="$PWD/found/dsfit.conf" --model=13B --zero=3 --gpu=a100 --nodes=2 \
		--gpus-per-node=4 --json
	is "$(jq -c '[.gpu, .host.capacity, .verdict.gpu]' <<<"$output")" "$first"
}

@test "--json" {
	run_on dsfit discover --json
	is "$status" 0
	is "$(jq -c '[.nodes[] | [.name, .count, .gpu, .gpus]] | sort' <<<"$output")" \
		'[["a100",4,"a100",4],["a100x",4,"a100_80g",4],["h100",2,"h100",8],'\
'["h200",1,"h200",8],["ws",4,"rtx4090",2]]'
	jq -e '.partitions | map(select(.default).name) == ["gpu"]' <<<"$output"
	jq -e '.partitions | map(select(.preemptible).name) == ["preempt"]' <<<"$output"
}

@test "no slurmctld, no configuration of Slurm's: exit 2 and a word" {
	sed 's/^SlurmctldPort=.*/SlurmctldPort=1/' "$(cluster run printenv SLURM_CONF)" >slurm.conf
	echo 'MessageTimeout=2' >>slurm.conf
	slurm_env=(SLURM_CONF="$PWD/slurm.conf")
	run_on timeout 60 dsfit discover
	is "$status" 2
	is "$output" ''
	matches "$stderr" 'dsfit: cannot ask Slurm: slurmctld: '
	# Not that it would appear within the minute that the library waits for it.
	slurm_env=(SLURM_CONF="$PWD/nosuch.conf")
	run_on timeout 20 dsfit discover
	is "$status" 2
	is "$output" ''
	matches "$stderr" "dsfit: cannot ask Slurm: SLURM_CONF=$PWD/nosuch.conf: No such file"
	# What the library itself ends with.
	echo 'SlurmctldHost=' >broken.conf
	slurm_env=(SLURM_CONF="$PWD/broken.conf")
	run_on timeout 20 dsfit discover
	is "$status" 2
	is "$output" ''
	matches "$stderr" "dsfit: cannot ask Slurm: see the messages of its library above"
}

# A cluster that uses every word there is, of a version of its own: never the tests' cluster.
odd_cluster() {
	mkdir -p odd
	sed -e '/^NodeName=/d; /^PartitionName=/d; s/^GresTypes=.*/GresTypes=gpu,shard/' \
		"$root/conf/demo/slurm.conf.in" | cat - "$here/odd/nodes.conf" >odd/slurm.conf.in
	cp "$here/odd/gres.conf.in" odd
	export DSFIT_CLUSTER_DIR
	DSFIT_CLUSTER_DIR=$(mktemp -d /tmp/dsfit-odd-XXXXXX)
	cluster start --slurm "${DSFIT_SLURM:-system}" --conf "$PWD/odd" --plugins spank
}

@test "every word for a GPU: known, told by a feature, a slice, unknown, without a type" {
	local suite=$DSFIT_CLUSTER_DIR text failed=0
	odd_cluster
	{ discover; } || failed=1
	cluster stop
	DSFIT_CLUSTER_DIR=$suite
	((!failed))
	text=$(facts found/dsfit.conf)
	echo "$text"
	matches "$text" 'nodes big gpu=a100_80g
nodes big gpus=4
nodes big gres-type=a100
nodes big memory=500000MiB
nodes big names=\{big-\[1-2\]\}
nodes big partitions=\{gpu,spot\}'
	matches "$text" 'nodes big-2 gpu=a100
'
	matches "$text" 'nodes mig gpu=a100_3g.20gb
nodes mig gpus=[0-9]+
nodes mig gres-type=3g.20gb'
	matches "$text" 'nodes two gpu=h100
'
	matches "$text" 'nodes two-2 gpu=rtx4090
'
	lacks "$text" 'nodes (new|bare|cpu)'
	matches "$text" 'nodes parts gpu=h100
'
	matches "$text" 'partition cpu default=true'
	matches "$text" 'partition spot preemptible=true'
	lacks "$text" 'partition (gpu|low|cpu) preemptible'
	text=$(cat found/dsfit.conf)
	matches "$text" 'default-mem-per-gpu = 30000MiB'
	matches "$text" '#nodes "new" \{'
	matches "$text" 'z9000: the catalogue has no GPU of that name'
	matches "$text" '#nodes "bare" \{'
	matches "$text" 'shards or mps'
}

# with_qos: the demo's configuration as ./dsfit.conf, with the limit that scripts/cluster makes where
# there is accounting.
with_qos() {
	cp "$root"/conf/*.conf .
	[[ ! ${DSFIT_ACCOUNTING-} ]] || echo 'qos "small" { max-gpus = 4 }' >>dsfit.conf
}

@test "check --live: equal, and what an administrator changes" {
	local state
	with_qos
	run_on dsfit check --live --conf="$PWD/dsfit.conf"
	is "$status" 0
	matches "$output" '^equal to the live cluster dsfit$'
	run_on dsfit check --live --json --conf="$PWD/dsfit.conf"
	is "$status" 0
	is "$(jq -c . <<<"$output")" '{"cluster":"dsfit","equal":true,"differences":[]}'

	on scontrol update PartitionName=strict MaxNodes=3 AllowGroups=nogroup
	on scontrol update NodeName=a100-0 Features=net100 ActiveFeatures=net100
	run_on dsfit check --live --conf="$PWD/dsfit.conf"
	state=$status
	run_on dsfit check --live --json --conf="$PWD/dsfit.conf"
	on scontrol update PartitionName=strict MaxNodes=UNLIMITED AllowGroups=ALL
	on scontrol update NodeName=a100-0 Features=net200 ActiveFeatures=net200
	is "$state" 1
	is "$status" 1
	jq -e '.equal == false' <<<"$output"
	is "$(jq -c '.differences[] | select(.key == "max-nodes")' <<<"$output")" \
		'{"section":"partition \"strict\"","key":"max-nodes","configured":"no limit","live":"3"}'
	is "$(jq -c '.differences[] | select(.key == "only-named") | .live' <<<"$output")" '"true"'
	is "$(jq -c '.differences[] | select(.key == "count")' <<<"$output")" \
		'{"section":"nodes \"a100\"","key":"count","configured":"4","live":"3"}'
	run_on dsfit check --live --conf="$PWD/dsfit.conf"
	is "$status" 0
}

@test "check --live: no slurmctld" {
	sed 's/^SlurmctldPort=.*/SlurmctldPort=1/' "$(cluster run printenv SLURM_CONF)" >slurm.conf
	echo 'MessageTimeout=2' >>slurm.conf
	slurm_env=(SLURM_CONF="$PWD/slurm.conf")
	run_on timeout 60 dsfit check --live
	is "$status" 2
	is "$output" ''
	matches "$stderr" 'dsfit: cannot ask Slurm: slurmctld: '
}
