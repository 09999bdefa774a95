import plugin

times = plugin.times
