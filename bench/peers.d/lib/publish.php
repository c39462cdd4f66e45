<?php
// SPDX-License-Identifier: MIT
// Puts a message into the Redis stream of its channel, for loop.php.
$redis = new Redis();
$redis->pconnect('127.0.0.1', (int)getenv('REDIS_PORT'));
echo $redis->xAdd('log:' . $_POST['channel'], '*', ['data' => $_POST['data']],
	(int)getenv('KEEP'), true), "\n";
