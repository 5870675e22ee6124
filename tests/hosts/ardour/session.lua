-- Ardour without a window: `make` builds a session with both plug-ins, sets parameters, saves it and
-- exports it; `reload` opens the saved one and exports it again. Arguments: make|reload, the folder
-- of the session, the folder of the export, frames.

local action, folder, exports, frames = arg[1], arg[2], arg[3], tonumber (arg[4])
local name = "hosts"

local function parameter (processor, label)
	local plugin = processor:to_insert ():plugin (0)
	for number = 0, plugin:parameter_count () - 1 do
		if plugin:parameter_is_control (plugin:nth_parameter (number, 0)) and plugin:parameter_label (number) == label then
			return number
		end
	end
	error ("no parameter " .. label)
end

local function set (processor, label, value)
	local number = parameter (processor, label)
	assert (ARDOUR.LuaAPI.set_processor_param (processor, number, value), label)
end

local function value (processor, label)
	local number = parameter (processor, label)
	-- The value only, and not the arguments that follow it.
	return (ARDOUR.LuaAPI.get_processor_param (processor, number, true))
end

-- A processor with the project of the preset of this name.
local function add (session, track, id, preset, position)
	local processor = ARDOUR.LuaAPI.new_plugin (session, id, ARDOUR.PluginType.VST3, preset)
	assert (not processor:isnil (), id)
	local record = processor:to_insert ():plugin (0):preset_by_label (preset)
	assert (record and record.valid, preset)
	assert (processor:to_insert ():plugin (0):load_preset (record))
	assert (track:add_processor_by_index (processor, position, nil, true) == 0, "no place for " .. id)
	return processor
end

local function track (session, name)
	local midi = ARDOUR.ChanCount (ARDOUR.DataType ("midi"), 1)
	return session:new_midi_track (
		midi, midi, true, ARDOUR.PluginInfo (), nil, nil, 1, name,
		ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, true, false):front ()
end

-- "Music" plays through the effect; "Key" is only heard by the effect's side-chain.
local function make ()
	local session = assert (create_session (folder, name, 48000))
	local ids = {}
	for plugin in ARDOUR.LuaAPI.list_plugins ():iter () do
		if plugin.creator == "Segue" then ids[plugin.name] = plugin.unique_id end
	end
	-- In the order in which they must run: Ardour sorts by connections only later.
	local key = track (session, "Key")
	local music = track (session, "Music")
	local instrument = add (session, music, assert (ids["Segue"]), "Music", 0)
	local effect = add (session, music, assert (ids["Segue FX"]), "Duck", 1)
	add (session, key, ids["Segue"], "Key", 0)
	if not effect:to_plugininsert ():has_sidechain () then
		assert (music:add_sidechain (effect), "no side-chain")
	end
	key:output ():disconnect_all (nil)
	local chain = effect:to_plugininsert ():sidechain_input ()
	for side = 0, 1 do
		local port = chain:nth (math.min (side, chain:n_ports ():n_audio () - 1))
		assert (port:connect (key:output ():nth (side):name ()) == 0, "the key is not connected")
	end
	set (instrument, "Master gain", -6)
	-- Ardour keeps the names from before the project.
	set (effect, "Macro 1", 0.75)
	return session
end

local function export (session)
	local simple = session:simple_export ()
	simple:set_folder (exports)
	simple:set_name (action)
	simple:set_range (0, frames)
	assert (simple:set_preset ("5e60e5e6-0000-4000-8000-000000000001"), "the export preset is missing")
	assert (simple:run_export (), "no export")
end

local function run ()
	local session
	if action == "make" then
		session = make ()
	else
		session = assert (load_session (folder, name))
	end
	local music = session:route_by_name ("Music")
	print ("VALUES", value (music:nth_plugin (0), "Master gain"), value (music:nth_plugin (1), "Macro 1"))
	if action == "make" then
		assert (session:save_state (name, false, false, false, false, false) == 0)
	end
	export (session)
end

run ()
-- Tracks that Lua still held would be taken apart after the session that they are in, which breaks the heap.
collectgarbage ()
collectgarbage ()
print ("DONE")
close_session ()
quit ()
