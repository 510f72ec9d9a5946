package main

import (
	"encoding/json"
	"strconv"
	"time"
)

// Pair is a struct with every sort of field, for `{"$pair": {...}}`.
type Pair struct {
	Name   string
	Count  int
	Any    interface{}
	Nested *Pair
	Labels map[string]string
	hidden int
}

func (p Pair) Greet(who string) string { return p.Name + " greets " + who }
func (p *Pair) Total(add ...int) int   { return p.Count + sum(add) }
func (p Pair) Fails() (string, error)  { return "", errFails{} }

type errFails struct{}

func (errFails) Error() string { return "it fails" }

func sum(numbers []int) int {
	total := 0
	for _, number := range numbers {
		total += number
	}
	return total
}

// decodeData turns JSON into template data. An object with one key that starts with $ says which Go type it is.
func decodeData(raw json.RawMessage) interface{} {
	if len(raw) == 0 {
		return nil
	}
	var value interface{}
	if err := json.Unmarshal(raw, &value); err != nil {
		panic(err)
	}
	return typed(value)
}

func typed(value interface{}) interface{} {
	switch value := value.(type) {
	case []interface{}:
		for index := range value {
			value[index] = typed(value[index])
		}
		return value
	case map[string]interface{}:
		if len(value) == 1 {
			for tag, inner := range value {
				if tag[0] == '$' {
					return tagged(tag[1:], inner)
				}
			}
		}
		for key := range value {
			value[key] = typed(value[key])
		}
		return value
	}
	return value
}

func number(value interface{}) int64 {
	if text, ok := value.(string); ok {
		result, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			panic(err)
		}
		return result
	}
	return int64(value.(float64))
}

func tagged(tag string, value interface{}) interface{} {
	switch tag {
	case "int":
		return int(number(value))
	case "int8":
		return int8(number(value))
	case "int32":
		return int32(number(value))
	case "int64":
		return number(value)
	case "uint":
		return uint(number(value))
	case "uint8":
		return uint8(number(value))
	case "uint64":
		return uint64(number(value))
	case "float32":
		return float32(value.(float64))
	case "bytes":
		return []byte(value.(string))
	case "duration":
		return time.Duration(number(value))
	case "time":
		parsed, err := time.Parse(time.RFC3339Nano, value.(string))
		if err != nil {
			panic(err)
		}
		return parsed
	case "number":
		return json.Number(value.(string))
	case "strings":
		if value == nil {
			return []string(nil)
		}
		result := []string{}
		for _, item := range value.([]interface{}) {
			result = append(result, item.(string))
		}
		return result
	case "ints":
		result := []int{}
		for _, item := range value.([]interface{}) {
			result = append(result, int(number(item)))
		}
		return result
	case "stringMap":
		result := map[string]string{}
		for key, item := range value.(map[string]interface{}) {
			result[key] = item.(string)
		}
		return result
	case "intMap":
		result := map[int]string{}
		for key, item := range value.(map[string]interface{}) {
			at, _ := strconv.Atoi(key)
			result[at] = item.(string)
		}
		return result
	case "nilMap":
		return map[string]interface{}(nil)
	case "nilSlice":
		return []interface{}(nil)
	case "nilPair":
		return (*Pair)(nil)
	case "pair":
		result := pair(value.(map[string]interface{}))
		return *result
	case "pairPointer":
		return pair(value.(map[string]interface{}))
	}
	panic("unknown tag " + tag)
}

func pair(fields map[string]interface{}) *Pair {
	result := &Pair{Any: typed(fields["Any"])}
	if name, ok := fields["Name"].(string); ok {
		result.Name = name
	}
	if count, ok := fields["Count"].(float64); ok {
		result.Count = int(count)
	}
	if nested, ok := fields["Nested"].(map[string]interface{}); ok {
		result.Nested = pair(nested)
	}
	if labels, ok := fields["Labels"].(map[string]interface{}); ok {
		result.Labels = map[string]string{}
		for key, label := range labels {
			result.Labels[key] = label.(string)
		}
	}
	return result
}
